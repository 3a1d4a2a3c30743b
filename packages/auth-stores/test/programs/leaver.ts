// Opens a session and leaves without closing it.
import { useSqliteAuthState } from "@motte/auth-stores";

const [file = ""] = process.argv.slice(2);
await useSqliteAuthState(file);
process.stdout.write("done\n");
