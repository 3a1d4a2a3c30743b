import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { type BaileysRuntime, loadBaileys } from "../baileys-runtime.ts";
import { UNKNOWN_CHAT } from "../messages/message-row.ts";
import type { MessageStore } from "../messages/message-store.ts";
import { days } from "../millis.ts";
import { type WabotjsEntry, type WabotjsSource, wabotjsEntries } from "./wabotjs-source.ts";

export interface WabotjsMessagesOptions {
  /** Whether an id is of a message the bot sent. @defaultValue ids that begin as Baileys begins them, with `3EB0` */
  readonly isOwn?: (id: string) => boolean;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** The copy of Baileys in use. @defaultValue the installed `@whiskeysockets/baileys` */
  readonly baileys?: BaileysRuntime;
}

export interface WabotjsMessagesReport {
  /** Handed to the store, which keeps what its options say. */
  readonly imported: number;
  /** Expired, or not the bot's own: WABotJS does not note in which chat or from whom a message was. */
  readonly skipped: number;
  /** No message in it. */
  readonly unreadable: number;
}

// How long WABotJS keeps a message from when it came: the end of its life tells when that was.
const WABOTJS_LIFE_MS: number = days(5);

/**
 * Takes over the messages of WABotJS (`message_store.sqlite` of 1.0, `message_cache.sqlite` of 1.1), so that retries
 * for what it sent are still answered: by id alone, since it kept nothing else.
 *
 * Running it again changes nothing.
 *
 * @throws StoreKitError `STORE_KIT_IMPORT_UNREADABLE`, or what `ingestHistory` throws.
 */
export async function importWabotjsMessages(
  source: WabotjsSource,
  store: Pick<MessageStore, "ingestHistory">,
  options: WabotjsMessagesOptions = {},
): Promise<WabotjsMessagesReport> {
  assertKnownOptions("importWabotjsMessages()", options, ["isOwn", "clock", "baileys"]);
  const { isOwn = isBaileysId, clock = systemClock } = options;
  const runtime = await loadBaileys(options.baileys);
  const nowMs = clock.now();
  let [imported, skipped, unreadable] = [0, 0, 0];

  const messageOf = (value: unknown): proto.IMessage | undefined => {
    if (typeof value !== "object" || value === null) return undefined;
    try {
      // Its JSON names enums and writes bytes as base64; only `fromObject` brings back what the wire has.
      return runtime.proto.Message.fromObject(value);
    } catch (error) {
      // What protobufjs throws for a field of the wrong kind.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };
  const read = ({
    key,
    value,
    expiresAtMs = nowMs + WABOTJS_LIFE_MS,
  }: WabotjsEntry): WAMessage[] => {
    if (expiresAtMs <= nowMs || !isOwn(key)) {
      skipped += 1;
      return [];
    }
    const message = messageOf(value);
    if (message === undefined) {
      unreadable += 1;
      return [];
    }
    imported += 1;
    const messageTimestamp = Math.max(1, Math.floor((expiresAtMs - WABOTJS_LIFE_MS) / 1000));
    return [{ key: { id: key, fromMe: true, remoteJid: UNKNOWN_CHAT }, message, messageTimestamp }];
  };

  for await (const entries of wabotjsEntries(source)) {
    await store.ingestHistory(entries.flatMap(read));
  }
  return { imported, skipped, unreadable };
}

// Baileys generics.js, generateMessageIDV2. Phones make other ids.
function isBaileysId(id: string): boolean {
  return id.startsWith("3EB0");
}
