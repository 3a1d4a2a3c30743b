import type { ReceivedMessage } from "../../phone/inbox.ts";
import { proto } from "../../wire/baileys.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { object, openObject, optional } from "../schema/shapes.ts";
import { choice, integer, text } from "../schema/values.ts";

/** A message that was received and decrypted, in JSON. */
export interface ReceivedForm {
  readonly id: string;
  readonly from: string;
  readonly fromLid: string;
  readonly device: number;
  readonly chat: string;
  readonly text?: string;
  readonly kind: ReceivedMessage["kind"];
  readonly at: number;
  readonly message: object;
}

export const receivedForm: Schema<ReceivedForm> = named(
  "ReceivedMessage",
  object<ReceivedForm>({
    id: text(),
    from: described(text(), "The user JID of the sender, by number"),
    fromLid: text(),
    device: described(integer({ min: 0 }), "The sender's device; 0 is a phone"),
    chat: described(text(), "The user JID of the sender, or the JID of the group"),
    text: optional(text({ minLength: 0 })),
    kind: described(choice(["msg", "pkmsg", "skmsg"]), "How it was encrypted"),
    at: described(integer(), "Milliseconds since the epoch, on the server's clock"),
    message: described(openObject({}), "The JSON form of its protobuf; bytes are base64"),
  }),
);

export function receivedFormOf({ text: words, message, ...rest }: ReceivedMessage): ReceivedForm {
  return {
    ...rest,
    at: Math.floor(rest.at),
    ...(words === undefined ? {} : { text: words }),
    message: proto.Message.toObject(proto.Message.fromObject(message), {
      bytes: String,
      longs: Number,
      enums: String,
    }),
  };
}
