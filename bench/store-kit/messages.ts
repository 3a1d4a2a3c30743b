import { systemClock } from "@motte/core/clock";
import { type WAMessage, proto } from "@whiskeysockets/baileys";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";

const CHATS = 500;

/** Messages of the past in many chats, as a phone sends them: decoded, and with times in the last day. */
export function pastMessages(count: number, from = 0): WAMessage[] {
  const nowSeconds = Math.floor(systemClock.now() / 1000);
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    // A history is decoded from protobuf, which is what makes these as large as they are.
    const bytes = proto.WebMessageInfo.encode({
      key: { remoteJid: `${n % CHATS}@lid`, id: `3EB0${n.toString(16)}`, fromMe: n % 3 === 0 },
      message: { conversation: `a text of an ordinary length, as people write them, ${n}` },
      messageTimestamp: nowSeconds - (n % 80_000),
    }).finish();
    return proto.WebMessageInfo.decode(bytes) as WAMessage;
  });
}

/** The same messages in a plainer table: half of the message store's columns, and three of its indexes. */
export async function rawTable(file: string): Promise<SqliteDatabase> {
  const database = await openSqlite(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;
    CREATE TABLE message(
      pk INTEGER PRIMARY KEY, acct INTEGER NOT NULL, id TEXT NOT NULL, from_me INTEGER NOT NULL,
      chat TEXT NOT NULL, ts INTEGER NOT NULL, kind INTEGER NOT NULL, expires_at INTEGER,
      key_ext TEXT, body BLOB);
    CREATE UNIQUE INDEX message_key ON message(acct, id, from_me, chat);
    CREATE INDEX message_chat ON message(acct, chat, ts, pk);
    CREATE INDEX message_expires ON message(expires_at) WHERE expires_at IS NOT NULL;
  `);
  return database;
}

/** All of them in transactions of 500, encoded first. */
export function insertRaw(database: SqliteDatabase, messages: readonly WAMessage[]): void {
  const insert = database.prepare(
    `INSERT INTO message(acct, id, from_me, chat, ts, kind, expires_at, key_ext, body)
     VALUES (1, ?, ?, ?, ?, 1, ?, ?, ?)`,
  );
  for (let from = 0; from < messages.length; from += 500) {
    database.exec("BEGIN IMMEDIATE");
    for (const { key, message, messageTimestamp } of messages.slice(from, from + 500)) {
      const { id, remoteJid, fromMe } = key;
      const at = Number(messageTimestamp) * 1000;
      const body = proto.Message.encode(message ?? {}).finish();
      const ends = at + 432_000_000;
      insert.run(id ?? "", fromMe ? 1 : 0, remoteJid ?? "", at, ends, JSON.stringify(key), body);
    }
    database.exec("COMMIT");
  }
}
