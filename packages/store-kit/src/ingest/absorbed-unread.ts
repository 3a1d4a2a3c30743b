import type { WAMessage } from "@whiskeysockets/baileys";
import { awaitsReading, chatOf } from "../chats/unread-message.ts";
import { wholeNumber } from "../messages/message-content.ts";
import type { History } from "./packed-history.ts";
import type { Flush } from "./slice-flush.ts";

type Chat = NonNullable<History["chats"]>[number];

/**
 * The history without what Baileys' event buffer added to it: an update of a chat that waited when the history came
 * is put into the history's chat, its unread messages are added to the phone's count (event-buffer.js:
 * `absorbingChatUpdate`), and the messages themselves come in the same flush, to be counted once more.
 */
export function withoutAbsorbed(history: History, live: Flush): History {
  const { chats } = history;
  const messages = live["messages.upsert"]?.messages;
  if (!Array.isArray(chats) || !Array.isArray(messages)) return history;
  const arrived = arrivedIn(messages);
  return { ...history, chats: chats.map((chat) => withoutUnreadOf(chat, arrived)) };
}

/** When what waits to be read was sent, by chat: thousands of chats may come with thousands of messages. */
function arrivedIn(messages: readonly WAMessage[]): ReadonlyMap<string, readonly number[]> {
  const arrived = new Map<string, number[]>();
  for (const message of messages) {
    // What is damaged is for the stores to report, and must not cost the history.
    const chat = typeof message?.key?.remoteJid === "string" ? chatOf(message.key) : undefined;
    if (chat === undefined || !awaitsReading(message)) continue;
    const times = arrived.get(chat) ?? [];
    times.push(wholeNumber(message.messageTimestamp) ?? 0);
    arrived.set(chat, times);
  }
  return arrived;
}

function withoutUnreadOf(chat: Chat, all: ReadonlyMap<string, readonly number[]>): Chat {
  const unread = wholeNumber(chat?.unreadCount);
  if (unread === undefined || unread <= 0) return chat;
  const at = wholeNumber(chat.conversationTimestamp) ?? 0;
  const arrived = all.get(chat.id ?? "") ?? [];
  // Where the history came first, the update has set its time: what came until then is counted there only.
  const again = arrived.includes(at) ? arrived.filter((time) => time > at) : arrived;
  return { ...chat, unreadCount: Math.max(unread - again.length, 0) };
}
