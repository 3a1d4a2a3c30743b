import { type Jid, LID_SERVER, PN_SERVER, formatJid, tryParseJid } from "../wire/jid.ts";

/** A person, by what tells them from everybody else. */
export interface Named {
  readonly phoneNumber: string;
}

/** Names instead of the real ones: the same name for the same thing, and for nothing else. */
export class Pseudonyms {
  readonly #whose: (jid: string) => Named | undefined;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(whose: (jid: string) => Named | undefined) {
    this.#whose = whose;
  }

  /** `text1`, `text2` and so on, by kind. */
  of(kind: string, real: string): string {
    const key = `${kind} ${real}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind}${count}`;
    this.#names.set(key, name);
    return name;
  }

  /** A JID with a pseudonym for its user: one for both forms of a person. `undefined` for what is no JID. */
  jid(text: string): string | undefined {
    const jid = tryParseJid(text);
    if (jid === undefined || !SERVERS.has(jid.server)) return undefined;
    if (NOBODIES.has(jid.user)) return text;
    return formatJid({ ...jid, user: this.#user(text, jid) });
  }

  #user(text: string, { user, server }: Jid): string {
    const account = this.#whose(text);
    if (account !== undefined) return this.of("person", account.phoneNumber);
    if (server === "g.us") return this.of("group", user);
    if (server === "newsletter") return this.of("newsletter", user);
    return this.of("user", user);
  }
}

const SERVERS: ReadonlySet<string> = new Set([
  PN_SERVER,
  LID_SERVER,
  "g.us",
  "newsletter",
  "broadcast",
  "call",
  "bot",
  "hosted",
  "hosted.lid",
]);

/** Users that are nobody in particular: the server, everybody's status, WhatsApp itself. */
const NOBODIES: ReadonlySet<string> = new Set(["", "status", "server", "0"]);
