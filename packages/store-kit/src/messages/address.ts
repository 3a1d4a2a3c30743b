/** A chat or a person as one message names it: a normalised JID, and the same user's other form where known. */
export interface Address {
  readonly jid: string;
  readonly alt?: string;
}

/** Tells a user's other form. `Identities` fits. */
export interface AddressBook {
  /** The LID now bound to a PN. */
  lidOf(jid: string): string | undefined;
  /** The PN now bound to a LID. */
  pnOf(jid: string): string | undefined;
}

/**
 * Whether two addresses name the same chat.
 *
 * `unknown`: one is a PN, the other a LID, and nothing at hand links them. `different` is certain.
 */
export type AddressMatch = "same" | "unknown" | "different";

const PN_SERVER = "s.whatsapp.net";
const LID_SERVER = "lid";

// Baileys jid-utils.js: hosted users have servers of their own, and `c.us` is the old spelling of a PN.
const USER_SERVERS: ReadonlyMap<string, string> = new Map([
  [PN_SERVER, PN_SERVER],
  ["c.us", PN_SERVER],
  ["hosted", PN_SERVER],
  [LID_SERVER, LID_SERVER],
  ["hosted.lid", LID_SERVER],
]);

// WhatsApp's own have less than 50 characters.
const LONGEST_NAME = 256;

/**
 * Whether a JID or a message id can be one. Protobuf decodes some bytes to half a character, which a database stores as
 * another one: written again it would be no longer what was read, and fail with all that is written along with it.
 */
export function isName(name: unknown): name is string {
  return (
    typeof name === "string" &&
    name.length <= LONGEST_NAME &&
    name.isWellFormed() &&
    !name.includes("\0")
  );
}

/** One spelling per chat: a user without device and agent, on `s.whatsapp.net` or `lid`; all else as it is. */
export function normalizeJid(jid: string): string {
  // Events come from the network by way of untyped code; SQLite would refuse the whole flush for this one.
  if (!isName(jid)) throw new TypeError("A JID must be text");
  const at = jid.indexOf("@");
  const named = jid.slice(at + 1);
  const server = USER_SERVERS.get(named);
  if (at < 0 || server === undefined) return jid;
  const end = jid.search(/[:_@]/);
  return end === at && server === named ? jid : `${jid.slice(0, end)}@${server}`;
}

/** True for a person's normalised JID, in either form. */
export function isUserJid(jid: string): boolean {
  return serverOf(jid) !== undefined;
}

/** Builds an address, leaving out an `alt` that says nothing new and asking the book for one that is missing. */
export function address(jid: string, alt?: string | null, book?: AddressBook): Address {
  const main = normalizeJid(jid);
  const server = serverOf(main);
  if (server === undefined) return { jid: main };
  const given = alt ? normalizeJid(alt) : undefined;
  const other = isOtherForm(given, server)
    ? given
    : server === PN_SERVER
      ? book?.lidOf(main)
      : book?.pnOf(main);
  return isOtherForm(other, server) ? { jid: main, alt: other } : { jid: main };
}

export function matchAddress(a: Address, b: Address): AddressMatch {
  // The LID is who it is; a PN can have been somebody else's before.
  const [lidA, lidB] = [lidIn(a), lidIn(b)];
  if (lidA !== undefined && lidB !== undefined) return lidA === lidB ? "same" : "different";
  const formsOfB = formsOf(b);
  for (const form of formsOf(a)) if (formsOfB.includes(form)) return "same";
  if (!isUserJid(a.jid) || !isUserJid(b.jid)) return "different";
  const serversOfB = formsOfB.map(serverOf);
  return formsOf(a).some((form) => serversOfB.includes(serverOf(form))) ? "different" : "unknown";
}

export function formsOf({ jid, alt }: Address): readonly string[] {
  return alt === undefined ? [jid] : [jid, alt];
}

/** The LID among a user's forms. */
export function lidIn(user: Address): string | undefined {
  return formsOf(user).find((form) => serverOf(form) === LID_SERVER);
}

function isOtherForm(form: string | undefined, server: string): form is string {
  return form !== undefined && isUserJid(form) && serverOf(form) !== server;
}

function serverOf(jid: string): string | undefined {
  const server = jid.slice(jid.indexOf("@") + 1);
  return server === PN_SERVER || server === LID_SERVER ? server : undefined;
}
