// Owns a session until it is told to close.
import { once } from "node:events";
import { useSqliteAuthState } from "@motte/auth-stores";

const [file = ""] = process.argv.slice(2);
const handle = await useSqliteAuthState(file);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
await handle.close();
