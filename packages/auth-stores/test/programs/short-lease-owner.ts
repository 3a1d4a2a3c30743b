// Owns a session with a short lease. On every line it is told, it writes and prints how that went.
import { createInterface } from "node:readline";
import { MotteError } from "@motte/core/errors";
import { openFront } from "../support/fronts.ts";

const [kind = "", place = ""] = process.argv.slice(2);
const { state } = await openFront(kind, place, { leaseMs: 8_000 });
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await Promise.resolve(state.keys.set({ "lid-mapping": { "1": line } })).then(
    () => "stored",
    (error: unknown) => (error instanceof MotteError ? error.code : String(error)),
  );
  process.stdout.write(`${outcome}\n`);
}
