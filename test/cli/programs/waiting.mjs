// Runs until it is told to stop, and then takes its leave in its own way.
import { readFileSync } from "node:fs";

console.log(`trusts ${process.env.NODE_EXTRA_CA_CERTS}`);
console.log(
  `certificates ${readFileSync(process.env.NODE_EXTRA_CA_CERTS, "utf8").split("BEGIN").length - 1}`,
);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    process.exit(7);
  });
}
setInterval(() => {}, 1000);
console.log("waiting");
