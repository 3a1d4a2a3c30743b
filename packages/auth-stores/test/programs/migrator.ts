// Migrates the account "a" from one database to another and prints every step, until it is done or killed.
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { migrationSteps } from "@motte/auth-stores/migration";

const [from = "", to = ""] = process.argv.slice(2);
const steps = migrationSteps({
  from: { backend: await sqliteBackend(from), sessionId: "a" },
  to: { backend: await sqliteBackend(to), sessionId: "a" },
});
for await (const { phase } of steps) {
  process.stdout.write(`${phase}\n`);
  // One turn, so that the line is out before the next step.
  await new Promise((resolve) => setImmediate(resolve));
}
