// Migrates the account "a" from one database to another and prints every step. At the step of a given number it waits to
// be killed.
import { once } from "node:events";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { migrationSteps } from "@motte/auth-stores/migration";

const [from = "", to = "", waitAt] = process.argv.slice(2);
const steps = migrationSteps({
  from: { backend: await sqliteBackend(from), sessionId: "a" },
  to: { backend: await sqliteBackend(to), sessionId: "a" },
});
let step = 0;
for await (const { phase } of steps) {
  process.stdout.write(`${phase}\n`);
  step += 1;
  if (`${step}` === waitAt) await once(process.stdin.resume(), "end");
}
