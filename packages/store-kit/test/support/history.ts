import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { type HistorySpool, openHistorySpool } from "@motte/store-kit";
import type { RealEv, everyPart } from "./bound-stores.ts";
import { NOW_MS, message, theirKey } from "./messages.ts";

let shared: Promise<SqliteDatabase> | undefined;
let accounts = 0;

/** A spool in memory, for an account of its own. */
export async function openSpool(): Promise<HistorySpool> {
  const database = await (shared ??= openSqlite(":memory:"));
  return openHistorySpool({ database, account: `bot ${++accounts}` });
}

/** As many messages of one chat, the newest first, as phones send them. `length` is that of each text. */
export function pastOf(
  jid: string,
  count: number,
  {
    length = 10,
    from = 0,
    content,
  }: { length?: number; from?: number; content?: proto.IMessage } = {},
): WAMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const text = `${n} `.padEnd(length, "x");
    return message(theirKey(`H${n}`, jid), content ?? text, NOW_MS - 60_000 - n * 1000);
  });
}

export function sendHistory(ev: RealEv, messages: WAMessage[], chats: string[] = []): void {
  const stamp = NOW_MS / 1000 - 60;
  ev.emit("messaging-history.set", {
    chats: chats.map((id) => ({ id, conversationTimestamp: stamp, unreadCount: 1 })),
    contacts: chats.map((id) => ({ id, notify: `name of ${id}` })),
    messages,
  });
}

type Parts = Awaited<ReturnType<typeof everyPart>>["parts"];

/** The ids of what is stored of a chat, the newest first. */
export function storedOf(parts: Parts, jid: string): (string | null | undefined)[] {
  return parts.messages.page(jid, { limit: 1000 }).messages.map(({ key }) => key.id);
}
