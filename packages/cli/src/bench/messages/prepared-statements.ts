import { type SqliteDatabase, inTransaction, openSqlite } from "@motte/core/sqlite";
import type { WAMessage } from "@whiskeysockets/baileys";
import { BASE, type Baileys, type MessageDatabase, type MessageSide } from "./side.ts";

const BATCH = 500;
const LIFE_MS = 432_000_000;

/** The least that the same rows and indexes can cost: nothing is looked up, compared, bounded or swept. */
export function preparedStatements({ proto }: Baileys): MessageSide {
  return {
    name: BASE,
    role: "limit",
    kind: undefined,
    note: "found by id and direction",
    open: async (file): Promise<MessageDatabase> => {
      const database = await opened(file);
      const read = database.prepare(
        "SELECT body FROM message WHERE acct = 1 AND id = ? AND from_me = ?",
      );
      const insert = database.prepare(
        `INSERT INTO message(acct, id, from_me, chat, ts, kind, expires_at, key_ext, body)
         VALUES (1, ?, ?, ?, ?, 1, ?, ?, ?)`,
      );
      const write = ({ key, message, messageTimestamp }: WAMessage): void => {
        const { id, remoteJid, fromMe } = key;
        const at = Number(messageTimestamp) * 1_000;
        const body = proto.Message.encode(message ?? {}).finish();
        const isOwn = fromMe === true ? 1 : 0;
        insert.run(id ?? "", isOwn, remoteJid ?? "", at, at + LIFE_MS, JSON.stringify(key), body);
      };
      return {
        getMessage: ({ id, fromMe }) => {
          const body = read.get(id ?? "", fromMe === true ? 1 : 0)?.["body"];
          return body instanceof Uint8Array ? proto.Message.decode(body) : undefined;
        },
        recordSent: write,
        takeHistory: (messages) => {
          for (let from = 0; from < messages.length; from += BATCH) {
            inTransaction(database, () => messages.slice(from, from + BATCH).forEach(write));
          }
        },
        close: () => database.close(),
      };
    },
  };
}

async function opened(file: string): Promise<SqliteDatabase> {
  const database = await openSqlite(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message(
      pk INTEGER PRIMARY KEY, acct INTEGER NOT NULL, id TEXT NOT NULL, from_me INTEGER NOT NULL,
      chat TEXT NOT NULL, ts INTEGER NOT NULL, kind INTEGER NOT NULL, expires_at INTEGER,
      key_ext TEXT, body BLOB);
    CREATE UNIQUE INDEX IF NOT EXISTS message_key ON message(acct, id, from_me, chat);
    CREATE INDEX IF NOT EXISTS message_chat ON message(acct, chat, ts, pk);
    CREATE INDEX IF NOT EXISTS message_expires ON message(expires_at) WHERE expires_at IS NOT NULL;
  `);
  return database;
}
