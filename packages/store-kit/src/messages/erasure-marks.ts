import { createHash } from "node:crypto";
import type { Statements } from "../sqlite/statements.ts";
import { type Address, formsOf, isUserJid, lidIn } from "./address.ts";
import type { MessageIdentity } from "./message-row.ts";
import { LONGEST_AGE_MS } from "./retention.ts";

export type ErasedSince = (about: MessageIdentity, sentAtMs: number) => boolean;

/** What the names begin with that do not say whose they are. */
const HIDDEN = "#";

/** What the marks of a number begin with that stand only for what is known under no LID. */
const ALONE = "alone ";

/** Under which name the mark of a user's erased data is kept; no chat has a space in its JID. */
export const userMark = (name: string): string => `user ${name}`;

/**
 * Under which names it is marked that a chat is erased. What stands under a user's number with another LID is somebody
 * else's, who had the number before.
 */
export function marksOf(chat: Address): readonly string[] {
  const lid = lidIn(chat);
  return formsOf(chat).map((form) => (lid === undefined || form === lid ? form : ALONE + form));
}

/** The JID that a mark is about, and whether only what names no LID is meant. */
export function markedBy(name: string): { readonly jid: string; readonly alone: boolean } {
  const alone = name.startsWith(ALONE);
  return { jid: alone ? name.slice(ALONE.length) : name, alone };
}

/** The marks that keep what is erased from being read until it is deleted, and from being delivered again after. */
export class ErasureMarks {
  readonly #sql: Statements;
  readonly #account: number;

  constructor(sql: Statements, account: number) {
    this.#sql = sql;
    this.#account = account;
  }

  /** Answers for as long as nothing is written: an account without marks costs one look. */
  since(): ErasedSince {
    const any = this.#sql("SELECT 1 FROM erased_chat WHERE acct = ? LIMIT 1").get(this.#account);
    if (any === undefined) return () => false;
    const hidden = this.#sql(
      "SELECT 1 FROM erased_chat WHERE acct = ? AND chat >= ? AND chat < ? LIMIT 1",
    ).get(this.#account, HIDDEN, String.fromCodePoint(HIDDEN.charCodeAt(0) + 1));
    if (hidden === undefined) return (about, atMs) => this.#isErased(namesOf(about), atMs);
    const known = new Map<string, string>();
    const hide = (name: string): string => {
      const before = known.get(name);
      if (before !== undefined) return before;
      const now = this.#hidden(name);
      known.set(name, now);
      return now;
    };
    return (about, atMs) => {
      const names = namesOf(about);
      return this.#isErased([...names, ...names.map(hide)], atMs);
    };
  }

  /** Keeps marks without the names of whom they are about: only who has a name can look whether it is among them. */
  hide(names: readonly string[]): void {
    for (const name of names) {
      const mark = this.#sql("SELECT before_ms FROM erased_chat WHERE acct = ? AND chat = ?").get(
        this.#account,
        name,
      );
      if (mark === undefined) continue;
      this.set(this.#hidden(name), Number(mark["before_ms"]), { swept: true });
      this.#sql("DELETE FROM erased_chat WHERE acct = ? AND chat = ?").run(this.#account, name);
    }
  }

  set(name: string, nowMs: number, { swept }: { readonly swept?: boolean } = {}): void {
    this.#sql(
      `INSERT INTO erased_chat(acct, chat, before_ms, expires_at, swept) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT(acct, chat) DO UPDATE
       SET before_ms = excluded.before_ms, expires_at = excluded.expires_at, swept = excluded.swept
       WHERE excluded.before_ms > before_ms`,
    ).run(this.#account, name, nowMs, nowMs + LONGEST_AGE_MS, Number(swept === true));
  }

  /** The marks of chats whose rows are still there. */
  unswept(): readonly { readonly name: string; readonly beforeMs: number }[] {
    return this.#sql("SELECT chat, before_ms FROM erased_chat WHERE acct = ? AND swept = 0")
      .all(this.#account)
      .map((row) => ({ name: String(row["chat"]), beforeMs: Number(row["before_ms"]) }));
  }

  setSwept(name: string): void {
    this.#sql("UPDATE erased_chat SET swept = 1 WHERE acct = ? AND chat = ?").run(
      this.#account,
      name,
    );
  }

  /** Drops the marks that have outlived every copy of what they are about. */
  forget(nowMs: number): void {
    this.#sql("DELETE FROM erased_chat WHERE acct = ? AND expires_at <= ?").run(
      this.#account,
      nowMs,
    );
  }

  #hidden(name: string): string {
    const hash = createHash("sha256").update(`${this.#account} ${name}`).digest("base64url");
    return HIDDEN + hash;
  }

  #isErased(names: readonly string[], sentAtMs: number): boolean {
    const mark = this.#sql(
      "SELECT 1 FROM erased_chat WHERE acct = ? AND chat = ? AND before_ms >= ?",
    );
    return names.some((name) => mark.get(this.#account, name, sentAtMs) !== undefined);
  }
}

export function namesOf({ chat, sender }: MessageIdentity): readonly string[] {
  return [...namesIn(chat), ...(sender ? namesIn(sender).map(userMark) : [])];
}

/** Every mark that would be about somebody, or about a chat. */
function namesIn(user: Address): readonly string[] {
  const isAlone = lidIn(user) === undefined && isUserJid(user.jid);
  return isAlone ? [user.jid, ALONE + user.jid] : formsOf(user);
}
