import { ManualClock } from "@motte/core/manual-clock";
import type { WAMessage } from "@whiskeysockets/baileys";
import {
  type ChatSideOptions,
  type Identities,
  type Tables,
  createIdentities,
  memoryTables,
} from "@motte/store-kit";
import { ME } from "./baileys-events.ts";

export const NOW_MS: number = Date.UTC(2026, 0, 10);
export const NOW_SECONDS: number = NOW_MS / 1000;

export interface ChatSide {
  readonly options: ChatSideOptions;
  readonly ids: Identities;
  readonly clock: ManualClock;
  readonly errors: string[];
  readonly tables: Tables;
}

/** What the stores on the side of the chats are made of. */
export function chatSide(tables: Tables = memoryTables()): ChatSide {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const onError = (error: Error): void =>
    void errors.push("code" in error ? String(error.code) : error.message);
  const ids = createIdentities({ me: ME, tables, clock, onError });
  return { options: { identities: ids, tables, clock, onError }, ids, clock, errors, tables };
}

/** A text, `at` seconds after the hour. */
export function text(
  jid: string,
  id: string,
  at: number,
  rest: Partial<WAMessage> = {},
): WAMessage {
  return {
    key: { remoteJid: jid, id, fromMe: false },
    messageTimestamp: NOW_SECONDS + at,
    message: { conversation: id },
    ...rest,
  };
}
