import { systemClock } from "@motte/core/clock";
import type { WAMessage } from "@whiskeysockets/baileys";
import type { Baileys } from "./side.ts";

const CHATS = 500;
/** All of them were sent within the last day. */
const SECONDS = 80_000;

/** Messages in many chats, decoded from protobuf as those of a phone's history are. The same number is the same id. */
export function madeMessages({ proto }: Baileys, count: number, from = 0): readonly WAMessage[] {
  const nowSeconds = Math.floor(systemClock.now() / 1_000);
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const id = `3EB0${number.toString(16).toUpperCase()}`;
    const key = { remoteJid: `${number % CHATS}@lid`, id, fromMe: true };
    const bytes = proto.WebMessageInfo.encode({
      key,
      message: { conversation: `a text of an ordinary length, as people write them, ${number}` },
      messageTimestamp: nowSeconds - (number % SECONDS),
    }).finish();
    return Object.assign(proto.WebMessageInfo.decode(bytes), { key });
  });
}
