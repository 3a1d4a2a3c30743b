/** Counts retries without end and prints each count once the cache has taken it, until it is killed. */
import { baileysCaches, openSqliteKV } from "@motte/store-kit";
import { say } from "./say.ts";

const [, , file = "", driver] = process.argv;
const l2 = await openSqliteKV({
  file,
  ...(driver === "node:sqlite" || driver === "better-sqlite3" ? { driver } : {}),
});
const { msgRetryCounterCache, userDevicesCache } = baileysCaches({ account: "bot", l2 });
for (let count = 0; ; count++) {
  const user = `${count}`;
  await userDevicesCache.mset([{ key: user, value: [{ user, device: 1 }] }]);
  await msgRetryCounterCache.set("ID:undefined", count);
  say(`${count}`);
}
