import { proto } from "../wire/baileys.ts";

/** A message in the form in which it is encrypted, which says all of it. */
export function encodedMessage(message: proto.IMessage): Buffer {
  return Buffer.from(proto.Message.encode(message).finish());
}
