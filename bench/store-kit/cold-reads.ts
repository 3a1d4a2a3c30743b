import { join } from "node:path";
import { openSqlite } from "@motte/core/sqlite";
import { BufferJSON, proto } from "@whiskeysockets/baileys";
import { Keyv } from "keyv";
import { openMessageStore } from "@motte/store-kit";
import { type Figure, bestOf } from "./figure.ts";
import { insertRaw, pastMessages, plainTable } from "./messages.ts";

const MESSAGES = 20_000;
const READS = 5000;

/** `getMessage` from the disk, beside a prepared read and protobuf, and beside other ways to keep messages. */
export async function coldReads(folder: string): Promise<readonly Figure[]> {
  const messages = pastMessages(MESSAGES);
  const file = join(folder, "cold.db");
  const store = await openMessageStore({ file, account: "bench", keep: () => "body" });
  await store.ingestHistory(messages);
  const raw = await plainTable(join(folder, "cold-raw.db"));
  insertRaw(raw, messages);
  const read = raw.database.prepare(
    "SELECT body FROM message WHERE acct = 1 AND id = ? AND from_me = ?",
  );
  // As WABotJS 1.x keeps them: one row of JSON per id, and a statement prepared for each call.
  const rows = await openSqlite(join(folder, "cold-json.db"));
  rows.exec("PRAGMA journal_mode = WAL; CREATE TABLE entries(key TEXT PRIMARY KEY, value TEXT)");
  rows.exec("BEGIN");
  const put = rows.prepare("INSERT INTO entries VALUES (?, ?)");
  const keyv = new Keyv<string>();
  for (const { key, message } of messages) {
    const json = JSON.stringify(message, BufferJSON.replacer);
    put.run(key.id ?? "", json);
    await keyv.set(key.id ?? "", json);
  }
  rows.exec("COMMIT");
  const keys = Array.from({ length: READS }, (_, n) => messages[(n * 7919) % MESSAGES]?.key ?? {});
  let found = 0;

  const best = await bestOf(5, {
    raw: () => {
      for (const { id, fromMe } of keys) {
        const body = read.get(id ?? "", fromMe ? 1 : 0)?.["body"];
        if (body instanceof Uint8Array && proto.Message.decode(body).conversation) found++;
      }
    },
    store: async () => {
      for (const key of keys) if ((await store.getMessage(key))?.conversation) found++;
    },
    json: () => {
      for (const { id } of keys) {
        const value = rows.prepare("SELECT value FROM entries WHERE key = ?").get(id ?? "")?.[
          "value"
        ];
        if (JSON.parse(String(value), BufferJSON.reviver)) found++;
      }
    },
    keyv: async () => {
      for (const { id } of keys) {
        if (JSON.parse((await keyv.get(id ?? "")) ?? "null", BufferJSON.reviver)) found++;
      }
    },
  });
  await store.close();
  raw.database.close();
  rows.close();
  if (found !== READS * 5 * 4) throw new Error("Not every message was found");
  const each = (name: string, ms: number) => ({ name, value: (ms * 1000) / READS, unit: "µs" });
  const beside = [
    each("prepared read and protobuf", best.raw),
    each("getMessage", best.store),
    each("one JSON row per id, as in WABotJS", best.json),
    each("keyv in memory, JSON", best.keyv),
  ];
  return [
    {
      what: "getMessage from the disk, beside a prepared read and protobuf",
      measured: best.store / best.raw,
      unit: "x",
      goal: 2,
      beside,
    },
  ];
}
