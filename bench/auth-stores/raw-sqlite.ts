// The least that SQLite can do for the same bytes: no cache, no owner, one writer. Without a codec, or with JSON alone.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type SqliteRow, inTransaction, openSqlite } from "@motte/core/sqlite";
import type { Keys, OpenStore } from "./keys.ts";
import { bytesOf, jsonOf } from "./payloads.ts";

interface RawOptions {
  readonly synchronous: "NORMAL" | "FULL";
  readonly json: boolean;
}

export function rawSqlite(options: RawOptions) {
  return (folder: string, sessions: number): Promise<OpenStore> =>
    openRaw(folder, sessions, options);
}

async function openRaw(
  folder: string,
  sessions: number,
  { synchronous, json }: RawOptions,
): Promise<OpenStore> {
  await mkdir(folder, { recursive: true });
  const database = await openSqlite(join(folder, "raw.db"));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
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
  const encode = json ? jsonOf : bytesOf;
  const decode = (type: string, row: SqliteRow | undefined): unknown => {
    const value = row?.["v"];
    const isJson = json && type !== "sender-key" && value instanceof Uint8Array;
    return isJson
      ? JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString())
      : value;
  };
  const keysOf = (sid: number): Keys => ({
    get: (type, ids) => {
      const [id] = ids;
      return ids.length === 1 && id !== undefined
        ? decode(type, one.get(sid, type, id))
        : many.all(sid, type, JSON.stringify(ids)).map((row) => decode(type, row));
    },
    set: (data) => {
      inTransaction(database, () => {
        for (const [type, family] of Object.entries(data)) {
          for (const [id, value] of Object.entries(family)) put.run(sid, type, id, encode(value));
        }
      });
    },
  });
  return {
    sessions: Array.from({ length: sessions }, (_, sid) => keysOf(sid)),
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
