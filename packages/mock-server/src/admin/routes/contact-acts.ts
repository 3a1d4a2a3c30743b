import {
  chatId,
  chatOf,
  contactOf,
  contactParams,
  personId,
  phoneOf,
  accountOf,
} from "../forms/people.ts";
import { type Done, done, doneForm } from "../forms/ok.ts";
import { messageId, sentForm } from "../forms/sending.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { MockCall } from "../../phone/call.ts";
import type { PresenceState } from "../../phone/presence.ts";
import { described } from "../schema/schema.ts";
import { list, object, optional } from "../schema/shapes.ts";
import { choice, flag, text } from "../schema/values.ts";

const tag = "contacts";
const short = text({ maxLength: 256 });

interface Typing {
  readonly to: string;
  readonly state?: "typing" | "recording" | "paused";
}

interface Call {
  readonly to: string;
  readonly video?: boolean;
}

interface CallAct {
  readonly to: string;
  readonly act: "end" | "timeout" | "accept" | "reject";
}

/** What contacts do besides talking. */
export const contactActs: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/typing",
    id: "typing",
    tag,
    summary: 'Shows "typing…" or "recording audio…", or ends it',
    params: contactParams,
    body: object<Typing>({
      to: chatId,
      state: optional(described(choice(["typing", "recording", "paused"]), "typing if left out")),
    }),
    answer: doneForm,
    fails: [404, 409],
    run({ params, body }, parts): Done {
      contactOf(parts, params.contact)[body.state ?? "typing"](chatOf(parts, body.to));
      return done;
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/presence",
    id: "presence",
    tag,
    summary: "Picks the contact's phone up or puts it down",
    params: contactParams,
    body: object<{ readonly state: PresenceState }>({
      state: choice(["available", "unavailable"]),
    }),
    answer: doneForm,
    fails: [404],
    run({ params, body }, parts): Done {
      contactOf(parts, params.contact).presence(body.state);
      return done;
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/read",
    id: "read",
    tag,
    summary: "Says that a message was read, or a voice note listened to",
    params: contactParams,
    body: object<{ readonly id: string; readonly played?: boolean }>({
      id: messageId,
      played: optional(flag()),
    }),
    answer: doneForm,
    fails: [404],
    run({ params, body }, parts): Done {
      const contact = contactOf(parts, params.contact);
      if (body.played === true) contact.played(body.id);
      else contact.read(body.id);
      return done;
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/react",
    id: "react",
    tag,
    summary: "Puts an emoji on a message; an empty one takes the reaction back",
    params: contactParams,
    body: object<{ readonly id: string; readonly emoji: string }>({
      id: messageId,
      emoji: text({ minLength: 0, maxLength: 64 }),
    }),
    answer: sentForm,
    fails: [404, 409],
    run: ({ params, body }, parts) => contactOf(parts, params.contact).react(body.id, body.emoji),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/edit",
    id: "edit",
    tag,
    summary: "Replaces the text of a message of the contact's own",
    params: contactParams,
    body: object<{ readonly id: string; readonly text: string }>({ id: messageId, text: text() }),
    answer: sentForm,
    fails: [404, 409],
    run: ({ params, body }, parts) => contactOf(parts, params.contact).edit(body.id, body.text),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/revoke",
    id: "revoke",
    tag,
    summary: "Takes a message back for everybody",
    params: contactParams,
    body: object<{ readonly id: string }>({ id: messageId }),
    answer: sentForm,
    fails: [404, 409],
    run: ({ params, body }, parts) => contactOf(parts, params.contact).revoke(body.id),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/vote",
    id: "vote",
    tag,
    summary: "Votes in a poll; for nothing, takes the vote back",
    params: contactParams,
    body: object<{ readonly id: string; readonly options: readonly string[] }>({
      id: messageId,
      options: list(short, { max: 12 }),
    }),
    answer: sentForm,
    fails: [404, 409],
    run: ({ params, body }, parts) => contactOf(parts, params.contact).vote(body.id, body.options),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/call",
    id: "call",
    tag,
    summary: "Calls a phone: it rings at every client linked to it",
    params: contactParams,
    body: object<Call>({ to: personId, video: optional(flag()) }),
    answer: object<{ readonly id: string }>({ id: text() }),
    fails: [404, 409],
    run({ params, body }, parts) {
      const { to, ...options } = body;
      const { id } = contactOf(parts, params.contact).call(phoneOf(parts, to), options);
      return { id };
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/contacts/{contact}/call/{call}",
    id: "actInCall",
    tag,
    summary: "Hangs up, lets it ring in vain, accepts or rejects, and tells what the client said",
    params: object<{ readonly contact: string; readonly call: string }>({
      contact: personId,
      call: described(short, "The id of the call"),
    }),
    body: object<CallAct>({
      to: described(personId, "The phone that was called, or that calls"),
      act: choice(["end", "timeout", "accept", "reject"]),
    }),
    answer: object<{ readonly answer?: string }>({ answer: optional(text()) }),
    fails: [404],
    run({ params, body }, parts) {
      const { context } = parts;
      const from = accountOf(parts, contactOf(parts, params.contact).phoneNumber);
      const to = accountOf(parts, body.to);
      const call = new MockCall({ id: params.call, from, to, context });
      if (body.act === "timeout") call.end("timeout");
      else call[body.act]();
      const { answer } = call;
      return answer === undefined ? {} : { answer };
    },
  }),
];
