import { type MessageMatch, isMessageKind } from "../../journal/expect-match.ts";
import { messageText } from "../../phone/message-text.ts";
import type { proto } from "../../wire/baileys.ts";
import type { AdminParts } from "../parts.ts";
import { notTogether } from "../schema/rules.ts";
import { type Schema, described, mustBe, named } from "../schema/schema.ts";
import { object, optional } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";
import { accountOf, chatId, groupOf, personId } from "./people.ts";

/** Which decrypted messages are meant, in JSON. What is left out matches anything. */
export interface MessageForm {
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
  readonly contains?: string;
  readonly kind?: keyof proto.IMessage;
}

const words = text({ maxLength: 64 });

const messageKind: Schema<keyof proto.IMessage> = {
  ...words,
  read(value, at) {
    const name = words.read(value, at);
    if (isMessageKind(name)) return name;
    throw mustBe(at, "a field of a WhatsApp message, like reactionMessage");
  },
};

export const messageForm: Schema<MessageForm> = named(
  "MessageMatch",
  notTogether(
    object<MessageForm>({
      from: optional(described(personId, "Who wrote it: a phone number, a user JID or a name")),
      to: optional(described(chatId, "Whom it was written to: a person, or the JID of a group")),
      text: optional(described(text(), "Exactly this text, or caption")),
      contains: optional(described(text(), "A text, or caption, with this in it")),
      kind: optional(described(messageKind, "The field its content is in, like reactionMessage")),
    }),
    ["text", "contains"],
  ),
);

/** Looks the people up. Throws `HTTP_NOT_FOUND` where there is nobody, or no group, like that. */
export function messageMatchOf(parts: AdminParts, form: MessageForm): MessageMatch {
  const { from, to, text: exact, contains, kind } = form;
  return {
    ...(from === undefined ? {} : { from: accountOf(parts, from) }),
    ...(to === undefined ? {} : { to: readerOf(parts, to) }),
    ...(exact === undefined ? {} : { text: exact }),
    ...(contains === undefined
      ? {}
      : { where: (message) => messageText(message)?.includes(contains) ?? false }),
    ...(kind === undefined ? {} : { kind }),
  };
}

function readerOf(parts: AdminParts, id: string): NonNullable<MessageMatch["to"]> {
  return id.endsWith("@g.us") ? { jid: groupOf(parts, id).jid } : accountOf(parts, id);
}
