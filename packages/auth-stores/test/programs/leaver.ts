// Opens a session and leaves without closing it.
import { useSqliteAuthState } from "@motte/auth-stores";

const [file = "", how] = process.argv.slice(2);
await useSqliteAuthState(file, { threaded: how === "threaded" });
process.stdout.write("done\n");
