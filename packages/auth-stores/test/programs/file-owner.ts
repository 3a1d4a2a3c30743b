// Owns a folder with a short lease. On every line it is told, it writes and prints how that went.
import { createInterface } from "node:readline";
import { useFileAuthState } from "@motte/auth-stores";
import { MotteError } from "@motte/core/errors";

const [folder = ""] = process.argv.slice(2);
const { state } = await useFileAuthState(folder, { leaseMs: 600 });
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await Promise.resolve(state.keys.set({ "lid-mapping": { "1": line } })).then(
    () => "stored",
    (error: unknown) => (error instanceof MotteError ? error.code : String(error)),
  );
  process.stdout.write(`${outcome}\n`);
}
