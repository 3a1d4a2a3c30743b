import { HttpError } from "../../http/errors.ts";
import type { Contact } from "../../phone/contact.ts";
import type { ChatTarget } from "../../phone/correspondent.ts";
import { MockGroup } from "../../phone/group.ts";
import type { Person } from "../../phone/person.ts";
import type { Phone } from "../../phone/phone.ts";
import { PN_SERVER, formatJid } from "../../wire/jid.ts";
import type { Account } from "../../world/account.ts";
import type { AdminParts } from "../parts.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { type ObjectSchema, object } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

/** A person of the server's world, in JSON. */
export interface PersonForm {
  readonly name: string;
  readonly phoneNumber: string;
  readonly pn: string;
  readonly lid: string;
}

const MAX_ID = 256;

export const personForm: Schema<PersonForm> = named(
  "Person",
  object<PersonForm>({ name: text(), phoneNumber: text(), pn: text(), lid: text() }),
);

export function personFormOf({ name, phoneNumber, pn, lid }: PersonForm): PersonForm {
  return { name, phoneNumber, pn, lid };
}

/** How a request names somebody. */
export const personId: Schema<string> = described(
  text({ maxLength: MAX_ID }),
  "A phone number, a user JID or a name",
);

/** How a request names a person or a group to write to. */
export const chatId: Schema<string> = described(
  text({ maxLength: MAX_ID }),
  "A phone number, a user JID or a name of a person, or the JID of a group",
);

export const groupId: Schema<string> = described(
  text({ maxLength: MAX_ID }),
  "The JID of a group; it ends in @g.us",
);

export const contactParams: ObjectSchema<{ readonly contact: string }> = object<{
  readonly contact: string;
}>({ contact: personId });

export function personOf(parts: AdminParts, id: string): Person {
  return faceOf(parts, accountOf(parts, id));
}

export function phoneOf(parts: AdminParts, id: string): Phone {
  return parts.context.people.phoneOf(accountOf(parts, id));
}

export function contactOf(parts: AdminParts, id: string): Contact {
  const contact = contactFace(parts, accountOf(parts, id));
  if (contact !== undefined) return contact;
  throw new HttpError(
    "HTTP_NOT_FOUND",
    "This person is not a contact: make one of them with POST /admin/contacts",
  );
}

export function groupOf({ context }: AdminParts, jid: string): MockGroup {
  const group = context.world.groups.get(jid);
  if (group !== undefined) return new MockGroup({ group, context });
  throw new HttpError("HTTP_NOT_FOUND", "There is no such group: GET /admin/state lists them");
}

export function chatOf(parts: AdminParts, id: string): ChatTarget {
  return id.endsWith("@g.us") ? groupOf(parts, id) : personOf(parts, id);
}

export function accountOf({ context }: AdminParts, id: string): Account {
  const { world } = context;
  const jid = formatJid({ user: id.replace(/^\+/, ""), server: PN_SERVER, device: 0 });
  const account =
    world.resolve(id)?.account ??
    world.resolve(jid)?.account ??
    world.accounts.find(({ name }) => name === id);
  if (account !== undefined) return account;
  throw new HttpError(
    "HTTP_NOT_FOUND",
    "There is nobody with this phone number, JID or name: GET /admin/state lists everybody",
  );
}

/** Whoever is a contact, and for all others the phone: writing to one that no client is linked to is an error. */
function faceOf(parts: AdminParts, account: Account): Contact | Phone {
  return contactFace(parts, account) ?? parts.context.people.phoneOf(account);
}

function contactFace({ context }: AdminParts, account: Account): Contact | undefined {
  return context.people.contacts.find(({ phoneNumber }) => phoneNumber === account.phoneNumber);
}
