import type { ReceivedMessage } from "../../phone/inbox.ts";
import { type ReceivedForm, receivedForm, receivedFormOf } from "../forms/received.ts";
import { chatId, chatOf, contactOf, contactParams } from "../forms/people.ts";
import { type Done, done, doneForm } from "../forms/ok.ts";
import { MAX_SAYING_BYTES, messageId, say, sayingTo, sentForm } from "../forms/sending.ts";
import { type TimeoutForm, timeoutMs } from "../forms/timeout.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { described } from "../schema/schema.ts";
import { list, object, optional } from "../schema/shapes.ts";
import { digits, text } from "../schema/values.ts";

const tag = "contacts";
const MOST_MESSAGES = 1_000;

interface Wanted extends TimeoutForm {
  readonly text?: string;
  readonly contains?: string;
  readonly chat?: string;
}

interface Delivery extends TimeoutForm {
  readonly id: string;
}

/** What contacts say and hear. */
export const contactMessages: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/send",
    id: "send",
    tag,
    summary: "Sends a text, a file, a place, a poll, or any message, really encrypted",
    notes:
      "Answers when the message is on its way, or queued for clients that are not connected. `message` takes any WhatsApp message as the JSON form of its protobuf.",
    params: contactParams,
    body: sayingTo,
    maxBodyBytes: MAX_SAYING_BYTES,
    answer: sentForm,
    fails: [404, 409],
    run: ({ params, body }, parts) =>
      say(parts, contactOf(parts, params.contact), chatOf(parts, body.to), body),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/delivered",
    id: "delivered",
    tag,
    summary: "Waits until a client has confirmed a message",
    params: contactParams,
    body: object<Delivery>({ id: messageId, timeoutMs: optional(timeoutMs) }),
    answer: doneForm,
    fails: [404, 409, 503, 504],
    async run({ params, body }, parts): Promise<Done> {
      const { id, ...limit } = body;
      await contactOf(parts, params.contact).delivered(id, limit);
      return done;
    },
  }),
  jsonOperation({
    method: "GET",
    path: "/admin/contacts/{contact}/messages",
    id: "messages",
    tag,
    summary: "What the contact has received, decrypted, oldest first",
    params: contactParams,
    query: object<{ readonly limit?: number }>({
      limit: optional(
        described(digits({ min: 1, max: MOST_MESSAGES }), "How many of the last ones; 100"),
      ),
    }),
    answer: object<{ readonly messages: readonly ReceivedForm[] }>({
      messages: list(receivedForm, { max: MOST_MESSAGES }),
    }),
    fails: [404],
    run({ params, query }, parts) {
      const { messages } = contactOf(parts, params.contact);
      return { messages: messages.slice(-(query.limit ?? 100)).map(receivedFormOf) };
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/receive",
    id: "receive",
    tag,
    summary: "Takes the next message that nobody has taken, waiting for it if need be",
    params: contactParams,
    body: object<Wanted>({
      text: optional(described(text(), "Exactly this text")),
      contains: optional(described(text(), "A text with this in it")),
      chat: optional(described(chatId, "Said in this chat")),
      timeoutMs: optional(timeoutMs),
    }),
    answer: receivedForm,
    fails: [404, 503, 504],
    async run({ params, body }, parts) {
      const { timeoutMs: limit, ...wanted } = body;
      const chat = wanted.chat === undefined ? undefined : chatOf(parts, wanted.chat);
      const jids =
        chat === undefined ? undefined : "jid" in chat ? [chat.jid] : [chat.pn, chat.lid];
      const message = await contactOf(parts, params.contact).receive({
        where: (each) => isWanted(each, wanted) && (jids?.includes(each.chat) ?? true),
        ...(limit === undefined ? {} : { timeoutMs: limit }),
      });
      return receivedFormOf(message);
    },
  }),
];

function isWanted(message: ReceivedMessage, { text: exact, contains }: Wanted): boolean {
  return (
    (exact === undefined || message.text === exact) &&
    (contains === undefined || (message.text?.includes(contains) ?? false))
  );
}
