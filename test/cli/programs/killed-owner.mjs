// Opens a session in a folder of files, a database or Redis, commits, and then holds its only thread for ever: nothing is tidied, and
// whoever kills it leaves behind what a killed bot does.
import { useFileAuthState, useRedisAuthState, useSqliteAuthState } from "@motte/auth-stores";

const [place = ""] = process.argv.slice(2);
const open = place.startsWith("redis:")
  ? useRedisAuthState
  : place.endsWith(".db")
    ? useSqliteAuthState
    : useFileAuthState;
const auth = await open(place);
auth.state.creds.nextPreKeyId = 2;
await Promise.all([
  auth.saveCreds(),
  auth.state.keys.set({ "device-list": { 15550002222: ["0", "7"] } }),
]);
process.stdout.write("committed\n", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
