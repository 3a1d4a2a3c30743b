import type { ServerMedia } from "../../media/media.ts";
import type { Contact } from "../../phone/contact.ts";
import type { ChatTarget, SentReference } from "../../phone/correspondent.ts";
import { HttpError } from "../../http/errors.ts";
import { proto } from "../../wire/baileys.ts";
import type { AdminParts } from "../parts.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { exactlyOne, onlyWith } from "../schema/rules.ts";
import { type ObjectSchema, list, object, openObject, optional } from "../schema/shapes.ts";
import { decimal, flag, integer, text } from "../schema/values.ts";
import { type MediaForm, mediaForm, mediaMessage } from "./media.ts";
import { chatId, personId, personOf } from "./people.ts";

/** What somebody says: one thing, and how it is sent. */
export interface SayingForm {
  readonly text?: string;
  readonly media?: MediaForm;
  readonly location?: LocationForm;
  readonly poll?: PollForm;
  readonly message?: Readonly<Record<string, unknown>>;
  readonly quoted?: string;
  readonly mentions?: readonly string[];
  readonly forwarded?: boolean;
  readonly disappearsAfterSeconds?: number;
  readonly id?: string;
  readonly asLid?: boolean;
}

interface LocationForm {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
}

interface PollForm {
  readonly question: string;
  readonly options: readonly string[];
  readonly selectable?: number;
}

const MIB = 1024 * 1024;
/** A file of 16 MiB in base64, and what is around it. */
export const MAX_SAYING_BYTES: number = 24 * MIB;
const MAX_OPTIONS = 12;
const MAX_MENTIONS = 1024;

const short = text({ maxLength: 256 });

export const messageId: Schema<string> = described(
  text({ maxLength: 256 }),
  "The id of a message that was sent or received",
);

export const sentForm: Schema<{ readonly id: string }> = named(
  "Sent",
  object<{ readonly id: string }>({ id: text() }),
);

const fields = {
  text: optional(text()),
  media: optional(mediaForm),
  location: optional(
    object<LocationForm>({
      latitude: decimal({ min: -90, max: 90 }),
      longitude: decimal({ min: -180, max: 180 }),
      name: optional(short),
      address: optional(short),
    }),
  ),
  poll: optional(
    object<PollForm>({
      question: short,
      options: list(short, { min: 1, max: MAX_OPTIONS }),
      selectable: optional(integer({ min: 0, max: MAX_OPTIONS })),
    }),
  ),
  message: optional(
    described(openObject({}), "Any WhatsApp message, as the JSON form of its protobuf"),
  ),
  quoted: optional(described(messageId, "The id of the message that this one answers")),
  mentions: optional(list(personId, { max: MAX_MENTIONS })),
  forwarded: optional(flag()),
  disappearsAfterSeconds: optional(integer({ min: 0, max: 0xff_ff_ff_ff })),
  id: optional(
    described(short, "The id of the new message; the next one from the seed if left out"),
  ),
  asLid: optional(described(flag(), "The reader sees the sender by LID instead of by number")),
};

/** What a contact says to somebody. */
export const sayingTo: ObjectSchema<SayingForm & { readonly to: string }> = oneThing(
  object<SayingForm & { readonly to: string }>({ to: chatId, ...fields }),
);

/** What a contact says in a group that the request has named already. */
export const sayingFrom: ObjectSchema<SayingForm & { readonly from: string }> = oneThing(
  object<SayingForm & { readonly from: string }>({ from: personId, ...fields }),
);

function oneThing<T extends SayingForm>(schema: ObjectSchema<T>): ObjectSchema<T> {
  return onlyWith(
    exactlyOne(schema, ["text", "media", "location", "poll", "message"]),
    ["quoted", "mentions", "forwarded", "disappearsAfterSeconds"],
    "text",
  );
}

/** Sends what the form says. Rejects like `contact.say`. */
export async function say(
  parts: AdminParts,
  contact: Contact,
  to: ChatTarget,
  form: SayingForm,
): Promise<SentReference> {
  const { id, asLid = false } = form;
  const sending = {
    ...(id === undefined ? {} : { id }),
    ...(asLid ? { addressing: "lid" as const } : {}),
  };
  const { text: words, location, poll } = form;
  if (words !== undefined) {
    return contact.say(to, words, { ...textOptions(parts, form), ...sending });
  }
  if (location !== undefined) return contact.sendLocation(to, location, sending);
  if (poll !== undefined) return contact.poll(to, poll, sending);
  return contact.send(to, messageOf(parts.media, form), sending);
}

function textOptions(
  parts: AdminParts,
  { quoted, mentions, forwarded, disappearsAfterSeconds }: SayingForm,
): object {
  return {
    ...(quoted === undefined ? {} : { quoted }),
    ...(mentions === undefined ? {} : { mentions: mentions.map((id) => personOf(parts, id)) }),
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(disappearsAfterSeconds === undefined ? {} : { disappearsAfterSeconds }),
  };
}

function messageOf(host: ServerMedia, { media, message = {} }: SayingForm): proto.IMessage {
  return media === undefined ? protobufOf(message) : mediaMessage(host, media);
}

function protobufOf(form: Readonly<Record<string, unknown>>): proto.IMessage {
  const unknown = Object.keys(form).filter((name) => !Object.hasOwn(proto.Message.prototype, name));
  if (unknown.length > 0 || Object.keys(form).length === 0) {
    throw new HttpError(
      "HTTP_BAD_REQUEST",
      'body.message must have fields of a WhatsApp message, like {"conversation": "hello"}',
    );
  }
  try {
    return proto.Message.fromObject(form);
  } catch (error) {
    // protobufjs throws a TypeError that names the field for a value that cannot be read.
    const reason = error instanceof TypeError ? error.message : "a field has another type";
    throw new HttpError("HTTP_BAD_REQUEST", `body.message cannot be read: ${reason}`, {
      cause: error,
    });
  }
}
