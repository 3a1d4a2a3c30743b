import { normalizeJid } from "../messages/address.ts";
import type { IdentityPair } from "./identities.ts";

export type UserForm = "pn" | "lid";

/** A person's JID without device and agent, on one of the two servers. */
export interface UserJid {
  readonly form: UserForm;
  readonly jid: string;
}

// Digits only: `0@c.us` is WhatsApp's own voice, groups have a dash or another server, bots are on `bot`.
const USER_JID = /^[1-9]\d*@(s\.whatsapp\.net|lid)$/;

/** Reads any spelling of a person's JID; `undefined` for whatever is no person. */
export function userJid(jid: unknown): UserJid | undefined {
  if (typeof jid !== "string") return undefined;
  const normal = normalizeJid(jid);
  const server = USER_JID.exec(normal)?.[1];
  if (server === undefined) return undefined;
  return { form: server === "lid" ? "lid" : "pn", jid: normal };
}

/** Reads two forms of one person, in whichever order they come. */
export function userPair(a: unknown, b: unknown): IdentityPair | undefined {
  const [one, other] = [userJid(a), userJid(b)];
  if (one === undefined || other === undefined || one.form === other.form) return undefined;
  return one.form === "lid" ? { lid: one.jid, pn: other.jid } : { lid: other.jid, pn: one.jid };
}
