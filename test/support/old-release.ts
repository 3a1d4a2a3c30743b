/**
 * Stands for a process of the release that made the first schema: it opened the file before it was upgraded and goes on
 * writing with the statements it has, one message each few milliseconds. Says what it wrote, and how much it can see
 * that others wrote.
 */
import { writeSync } from "node:fs";
import { systemClock } from "@motte/core/clock";
import { openSqlite } from "@motte/core/sqlite";

const [, , file = ""] = process.argv;
const database = await openSqlite(file);
database.exec("PRAGMA busy_timeout = 5000");
const known = database.prepare("SELECT chat, key_ext, body FROM message WHERE id = 'TEXT'").get();
const insert = database.prepare(
  `INSERT INTO message(acct, id, from_me, chat, origin, ts, flags, expires_at, key_ext, body)
   VALUES (1, ?, 1, ?, 2, ?, 0, ?, ?, ?)`,
);
const theirs = database.prepare(
  "SELECT count(*) AS others FROM message WHERE acct = 1 AND from_me = 0 AND body IS NOT NULL",
);
const { chat, body } = known ?? {};
for (let count = 0; ; count++) {
  const now = systemClock.now();
  const key = JSON.stringify({ remoteJid: chat, fromMe: true, id: `OLD${count}` });
  insert.run(`OLD${count}`, String(chat), now, now + 3_600_000, key, body ?? null);
  writeSync(1, `${count} ${Number(theirs.get()?.["others"])}\n`);
  await systemClock.sleep(5);
}
