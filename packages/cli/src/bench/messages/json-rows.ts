import { openSqlite } from "@motte/core/sqlite";
import type { WAMessage } from "@whiskeysockets/baileys";
import type { Baileys, MessageDatabase, MessageSide } from "./side.ts";

/** As WABotJS 1.x keeps messages: a row of JSON for each id, and a statement prepared for each call. */
export function jsonRows({ BufferJSON }: Baileys): MessageSide {
  return {
    name: "a row of JSON per id",
    role: "other",
    kind: undefined,
    note: "found by id alone",
    open: async (file): Promise<MessageDatabase> => {
      const database = await openSqlite(file);
      database.exec(`
        PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        CREATE TABLE IF NOT EXISTS entries(key TEXT PRIMARY KEY, value TEXT);
      `);
      const write = ({ key, message }: WAMessage): void => {
        const put = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
        put.run(key.id ?? "", JSON.stringify(message, BufferJSON.replacer));
      };
      return {
        getMessage: ({ id }) => {
          const get = database.prepare("SELECT value FROM entries WHERE key = ?");
          const value = get.get(id ?? "")?.["value"];
          const message: unknown = JSON.parse(String(value ?? null), BufferJSON.reviver);
          return typeof message === "object" && message !== null ? message : undefined;
        },
        recordSent: write,
        takeHistory: (messages) => messages.forEach(write),
        close: () => database.close(),
      };
    },
  };
}
