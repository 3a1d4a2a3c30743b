// What the message store costs beside the SQLite under it: a cold read, a history, and the sweep of what expired.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@motte/core/clock";
import { openSqlite } from "@motte/core/sqlite";
import { type WAMessage, proto } from "@whiskeysockets/baileys";
import { afterAll, bench, describe } from "vitest";
import { openMessageStore } from "@motte/store-kit";

const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
const database = await openSqlite(join(folder, "messages.db"));
const store = await openMessageStore({ database, account: "bench", keep: () => "body" });

const HISTORY = 2000;
let turn = 0;

function past(count: number): WAMessage[] {
  turn += 1;
  return Array.from(
    { length: count },
    (_, index) =>
      proto.WebMessageInfo.fromObject({
        key: { remoteJid: `${index % 50}@lid`, id: `H${turn}-${index}`, fromMe: index % 3 === 0 },
        message: { conversation: "a text of an ordinary length, as people write them" },
        messageTimestamp: Math.floor(systemClock.now() / 1000) - index,
      }) as WAMessage,
  );
}

const known = past(HISTORY);
await store.ingestHistory(known);
const read = database.prepare("SELECT body FROM message WHERE acct = 1 AND id = ? AND from_me = ?");
const insert = database.prepare(
  `INSERT INTO message(acct, id, from_me, chat, ts, kind, expires_at, key_ext, body)
   VALUES (1, ?, ?, ?, ?, 1, ?, ?, ?)`,
);
// A body begins with six bytes of its own: codec, version and a checksum.
const HEADER_BYTES = 6;

afterAll(async () => {
  await store.close();
  database.close();
  await rm(folder, { recursive: true });
});

describe("getMessage of a message that is on disk", () => {
  let next = 0;
  bench("a prepared read and protobuf", () => {
    const { key } = known[next++ % HISTORY] ?? {};
    const body = read.get(key?.id ?? "", key?.fromMe ? 1 : 0)?.["body"];
    if (body instanceof Uint8Array) proto.Message.decode(body.subarray(HEADER_BYTES));
  });
  bench("getMessage", async () => {
    await store.getMessage(known[next++ % HISTORY]?.key ?? {});
  });
});

describe(`a history of ${HISTORY}`, () => {
  bench("the rows as they are, in transactions of 500", () => {
    const rows = past(HISTORY).map(({ key, message, messageTimestamp }) => ({
      key,
      at: Number(messageTimestamp) * 1000,
      body: proto.Message.encode(message ?? {}).finish(),
    }));
    for (let from = 0; from < rows.length; from += 500) {
      database.exec("BEGIN IMMEDIATE");
      for (const { key, at, body } of rows.slice(from, from + 500)) {
        const { id, remoteJid, fromMe } = key;
        const ends = at + 432_000_000;
        insert.run(id ?? "", fromMe ? 1 : 0, remoteJid ?? "", at, ends, JSON.stringify(key), body);
      }
      database.exec("COMMIT");
    }
  });
  bench("ingestHistory", () => store.ingestHistory(past(HISTORY)));
  bench("ingestHistory of what is known", () => store.ingestHistory(known));
});
