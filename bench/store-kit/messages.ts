import { systemClock } from "@motte/core/clock";
import { type WAMessage, proto } from "@whiskeysockets/baileys";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { openMessageStore } from "@motte/store-kit";

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

/** Where rows are inserted without the store. */
export interface RawTable {
  readonly database: SqliteDatabase;
  /** Writes the row of one message. */
  readonly insert: (row: RawRow) => void;
}

interface RawRow {
  readonly id: string;
  readonly fromMe: 0 | 1;
  readonly chat: string;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  readonly key: string;
  readonly body: Uint8Array;
}

const PRAGMAS =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000";

/** The table of the message store, which made the file: its columns, its indexes, and what it asks of SQLite. */
export async function sameTable(file: string): Promise<RawTable> {
  const store = await openMessageStore({ file, account: "bench" });
  await store.close();
  const database = await openSqlite(file);
  database.exec(`${PRAGMAS}; PRAGMA secure_delete = FAST`);
  const account = Number(database.prepare("SELECT acct FROM account").get()?.["acct"]);
  const statement = database.prepare(
    `INSERT INTO message(acct, id, from_me, chat, origin, kind, ts, expires_at, key_ext, body, counted)
     VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 1)`,
  );
  const insert = ({ id, fromMe, chat, sentAtMs, expiresAtMs, key, body }: RawRow): void =>
    void statement.run(account, id, fromMe, chat, fromMe, sentAtMs, expiresAtMs, key, body);
  return { database, insert };
}

/** As little as a store of messages can do with: half of the message store's columns, and three of its indexes. */
export async function plainTable(file: string): Promise<RawTable> {
  const database = await openSqlite(file);
  database.exec(`
    ${PRAGMAS};
    CREATE TABLE message(
      pk INTEGER PRIMARY KEY, acct INTEGER NOT NULL, id TEXT NOT NULL, from_me INTEGER NOT NULL,
      chat TEXT NOT NULL, ts INTEGER NOT NULL, kind INTEGER NOT NULL, expires_at INTEGER,
      key_ext TEXT, body BLOB);
    CREATE UNIQUE INDEX message_key ON message(acct, id, from_me, chat);
    CREATE INDEX message_chat ON message(acct, chat, ts, pk);
    CREATE INDEX message_expires ON message(expires_at) WHERE expires_at IS NOT NULL;
  `);
  const statement = database.prepare(
    `INSERT INTO message(acct, id, from_me, chat, ts, kind, expires_at, key_ext, body)
     VALUES (1, ?, ?, ?, ?, 1, ?, ?, ?)`,
  );
  const insert = ({ id, fromMe, chat, sentAtMs, expiresAtMs, key, body }: RawRow): void =>
    void statement.run(id, fromMe, chat, sentAtMs, expiresAtMs, key, body);
  return { database, insert };
}

/** All of them in transactions of 500, encoded first. */
export function insertRaw({ database, insert }: RawTable, messages: readonly WAMessage[]): void {
  for (let from = 0; from < messages.length; from += 500) {
    database.exec("BEGIN IMMEDIATE");
    for (const { key, message, messageTimestamp } of messages.slice(from, from + 500)) {
      const { id, remoteJid, fromMe } = key;
      const sentAtMs = Number(messageTimestamp) * 1000;
      insert({
        id: id ?? "",
        fromMe: fromMe ? 1 : 0,
        chat: remoteJid ?? "",
        sentAtMs,
        expiresAtMs: sentAtMs + 432_000_000,
        key: JSON.stringify(key),
        body: proto.Message.encode(message ?? {}).finish(),
      });
    }
    database.exec("COMMIT");
  }
}
