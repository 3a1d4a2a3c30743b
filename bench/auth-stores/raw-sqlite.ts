// The least that SQLite can do for the same bytes: no codec, no cache, no owner, one writer.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inTransaction, openSqlite } from "@motte/core/sqlite";
import type { Keys, OpenStore } from "./keys.ts";
import { bytesOf } from "./payloads.ts";

export async function rawSqlite(folder: string, sessions: number): Promise<OpenStore> {
  await mkdir(folder, { recursive: true });
  const database = await openSqlite(join(folder, "raw.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec(
    "CREATE TABLE kv(sid INTEGER, type TEXT, id TEXT, v BLOB NOT NULL, PRIMARY KEY(sid, type, id)) STRICT",
  );
  const put = database.prepare(
    "INSERT INTO kv VALUES(?, ?, ?, ?) ON CONFLICT(sid, type, id) DO UPDATE SET v = excluded.v",
  );
  const one = database.prepare("SELECT v FROM kv WHERE sid = ? AND type = ? AND id = ?");
  const many = database.prepare(
    "SELECT id, v FROM kv WHERE sid = ? AND type = ? AND id IN (SELECT value FROM json_each(?))",
  );
  const keysOf = (sid: number): Keys => ({
    get: (type, ids) => {
      const [id] = ids;
      return ids.length === 1 && id !== undefined
        ? one.get(sid, type, id)
        : many.all(sid, type, JSON.stringify(ids));
    },
    set: (data) => {
      inTransaction(database, () => {
        for (const [type, family] of Object.entries(data)) {
          for (const [id, value] of Object.entries(family)) put.run(sid, type, id, bytesOf(value));
        }
      });
    },
  });
  return {
    sessions: Array.from({ length: sessions }, (_, sid) => keysOf(sid)),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
