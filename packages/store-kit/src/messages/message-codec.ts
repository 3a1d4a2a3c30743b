import type { proto } from "@whiskeysockets/baileys";
import type { BaileysRuntime } from "../baileys-runtime.ts";
import type { Codec } from "./codec.ts";

/** Messages as Baileys itself encodes them. JSON would lose `messageSecret`, and with it every poll vote. */
export function messageCodec({ proto }: BaileysRuntime): Codec<proto.IMessage> {
  return {
    id: 1,
    version: 1,
    encode: (message) => proto.Message.encode(message).finish(),
    decode: (bytes) => proto.Message.decode(bytes),
  };
}
