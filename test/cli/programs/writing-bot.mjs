// Opens a session in a folder of files, a database or Redis, and again and again changes two mappings and their reverses, which
// have to fit together, with a pause of so many milliseconds.
import { setTimeout as pause } from "node:timers/promises";
import { useFileAuthState, useRedisAuthState, useSqliteAuthState } from "@motte/auth-stores";

const [place = "", pauseMs = "0"] = process.argv.slice(2);
const open = place.startsWith("redis:")
  ? useRedisAuthState
  : place.endsWith(".db")
    ? useSqliteAuthState
    : useFileAuthState;
const auth = await open(place);
await auth.saveCreds();

const PEOPLE = 100;
const lids = Array.from({ length: PEOPLE }, (_, at) => String(98760000 + at));
const store = (people) => {
  const mapping = people.flatMap((at) => [
    [String(16660000 + at), lids[at]],
    [`${lids[at]}_reverse`, String(16660000 + at)],
  ]);
  return auth.state.keys.set({ "lid-mapping": Object.fromEntries(mapping) });
};
await store([...lids.keys()]);
process.stdout.write("writing\n");
for (let round = 0; ; round++) {
  const [one, other] = [round % PEOPLE, (round * 7 + 1) % PEOPLE];
  [lids[one], lids[other]] = [lids[other], lids[one]];
  await store([one, other]);
  await pause(Number(pauseMs));
}
