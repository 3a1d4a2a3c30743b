import type { Random } from "@motte/core/random";
import type { RedisArgument } from "@motte/core/redis";
import { StoreKitError } from "../../errors.ts";
import type { RedisLink } from "../../kv/redis-link.ts";
import { formsOf } from "../address.ts";
import { type FoldRules, type RowChange, foldFact } from "../fold-facts.ts";
import type { MessageFact } from "../message-facts.ts";
import type { MessageIdentity, MessageRow } from "../message-row.ts";
import { LONGEST_AGE_MS, type Retention, WAITING_LIFE_MS } from "../retention.ts";
import { type ErasedSince, namesOf } from "../erasure-marks.ts";
import { packRow, unpackRow } from "./row-codec.ts";
import { DELETE_ROW, WRITE_ROWS } from "./scripts.ts";

/** The rows of one id, and the revision they are of. */
interface RowsOfId {
  readonly rows: readonly MessageRow[];
  readonly revision: string;
}

/** Where a row is found again from a sorted set. */
export interface Member {
  readonly text: string;
  readonly score: number;
}

export type SetKind = "t" | "u" | "w" | "c";

type Fold = (rows: readonly MessageRow[]) => readonly RowChange<MessageRow>[];

// Others write the same id at the same moment only when one account runs twice.
const MAX_ATTEMPTS = 50;
const WAITING_PER_AUTHOR = 100;
const AT_ONCE = 32;

/**
 * One account's messages in Redis. All keys share a hash tag, so they lie in one slot of a cluster.
 *
 * `m:<id>` is a hash of the rows of an id; `t:<chat>`, `u:<user>`, `w:<user>` and `c:<chat>` are sorted sets of what a
 * chat has, what a user sent to groups and what of a user's and in a chat waits for its message; `e:<name>` marks what
 * is erased.
 */
export class RedisTable {
  readonly #link: RedisLink;
  readonly #base: string;
  readonly #random: Random;
  readonly #retention: Retention;

  constructor(link: RedisLink, base: string, random: Random, retention: Retention) {
    this.#link = link;
    this.#base = base;
    this.#random = random;
    this.#retention = retention;
  }

  async find(id: string, fromMe: boolean): Promise<readonly MessageRow[]> {
    const { rows } = await this.#rowsOf(id);
    return rows.filter((row) => row.fromMe === fromMe);
  }

  /** Whether the chat was deleted, or the sender's data erased, after the message was sent. */
  async isErased(row: MessageRow): Promise<boolean> {
    const isErasedSince = await this.#erasedSince([row]);
    return isErasedSince(row, row.sentAtMs);
  }

  /** Writes facts; those about one id together. */
  async write(
    facts: readonly MessageFact[],
    rules: Pick<FoldRules, "nowMs" | "isGroupAdmin">,
  ): Promise<void> {
    if (facts.length === 0) return;
    const byId = new Map<string, MessageFact[]>();
    for (const fact of facts) {
      const known = byId.get(fact.about.id);
      if (known === undefined) byId.set(fact.about.id, [fact]);
      else known.push(fact);
    }
    const isErasedSince = await this.#erasedSince(facts.map(({ about }) => about));
    const groups = [...byId];
    for (let done = 0; done < groups.length; done += AT_ONCE) {
      await Promise.all(
        groups
          .slice(done, done + AT_ONCE)
          .map(([id, ofId]) =>
            this.change(id, rules.nowMs, (rows) =>
              foldAll(rows, ofId, { ...rules, isErasedSince }),
            ),
          ),
      );
    }
  }

  /** Changes the rows of an id as `fold` says, again from the start when somebody else changed them meanwhile. */
  async change(id: string, nowMs: number, fold: Fold): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { rows, revision } = await this.#rowsOf(id);
      const changes = fold(rows);
      if (changes.length === 0) return;
      if (await this.#put(id, rows, revision, changes, nowMs)) return this.#trim(changes);
    }
    throw new StoreKitError(
      "STORE_KIT_UNAVAILABLE",
      "A message was changed by others faster than it could be written",
      { retryable: true },
    );
  }

  async mark(name: string, nowMs: number): Promise<void> {
    const key = this.#key("e", name);
    await this.#link.command(key, "SET", key, String(nowMs), "PX", String(LONGEST_AGE_MS));
  }

  /** The newest members of a chat's timeline, at most `count`, from `max` on; those of equal time in reverse order. */
  async timeline(chat: string, max: number | "+inf", count: number): Promise<readonly Member[]> {
    const from = String(max);
    return this.#range("t", chat, from, "-inf", "BYSCORE", "REV", "LIMIT", "0", String(count));
  }

  /** The oldest members of a set, at most `count`, without the first `from`. */
  async oldest(set: SetKind, name: string, count: number, from = 0): Promise<readonly Member[]> {
    return this.#range(set, name, String(from), String(from + count - 1));
  }

  /** The row a member of a sorted set stands for, if it is still there. */
  async rowOf({ text }: Member): Promise<MessageRow | undefined> {
    const { id, field } = split(text);
    const { rows } = await this.#rowsOf(id);
    return rows.find((row) => fieldOf(row) === field);
  }

  /** Deletes the row a member stands for, and the member from the set it was found in. */
  async remove({ text }: Member, set: SetKind, name: string): Promise<boolean> {
    const { id, field } = split(text);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { rows, revision } = await this.#rowsOf(id);
      const row = rows.find((one) => fieldOf(one) === field);
      // Its message came meanwhile: then it is not one of those that wait any more.
      const waits = row?.waitingFor !== undefined && (set !== "w" || row.waitingFor === name);
      if (isOfWaiting(set) && !waits) {
        const key = this.#key(set, name);
        await this.#link.command(key, "ZREM", key, text);
        return false;
      }
      const named = row === undefined ? [] : setsOf(row).map(([kind, of]) => this.#key(kind, of));
      const keys = [this.#key("m", id), ...new Set([this.#key(set, name), ...named])];
      const args = [revision, this.#revision(), field, text];
      if ((await this.#link.run(DELETE_ROW, keys, args)) === 1) return row !== undefined;
    }
    return false;
  }

  async #put(
    id: string,
    rows: readonly MessageRow[],
    revision: string,
    changes: readonly RowChange<MessageRow>[],
    nowMs: number,
  ): Promise<boolean> {
    const keys = [this.#key("m", id)];
    const sets: RedisArgument[] = [];
    for (const { before, after } of changes) {
      const then = new Map((before ? setsOf(before) : []).map((set) => [set.join(" "), set]));
      for (const [kind, of] of setsOf(after)) {
        then.delete(`${kind} ${of}`);
        keys.push(this.#key(kind, of));
        const life = isOfWaiting(kind) ? WAITING_LIFE_MS : LONGEST_AGE_MS;
        sets.push("+", String(keys.length), memberOf(after), String(after.sentAtMs), String(life));
      }
      for (const [kind, of] of then.values()) {
        keys.push(this.#key(kind, of));
        sets.push("-", String(keys.length), memberOf(after), "0", "0");
      }
    }
    const kept = new Map([...rows, ...changes.map(({ after }) => after)].map(withField));
    const lastMs = Math.max(...[...kept.values()].map(({ expiresAtMs }) => expiresAtMs));
    const fields = changes.flatMap(({ after }): RedisArgument[] => [
      fieldOf(after),
      packRow(after),
    ]);
    const args = [revision, this.#revision(), String(Math.max(1, Math.ceil(lastMs - nowMs)))];
    const reply = await this.#link.run(WRITE_ROWS, keys, [
      ...args,
      String(changes.length),
      ...fields,
      ...sets,
    ]);
    return reply === 1;
  }

  /** Keeps the sets of new rows within their bounds. */
  async #trim(changes: readonly RowChange<MessageRow>[]): Promise<void> {
    for (const { before, after } of changes) {
      if (before !== undefined && before.body !== undefined) continue;
      for (const [kind, of] of setsOf(after)) {
        if (kind === "w") await this.#trimSet(kind, of, WAITING_PER_AUTHOR);
        else if (kind === "t") await this.#trimSet(kind, of, this.#retention.maxPerChat);
      }
    }
  }

  async #trimSet(kind: "t" | "w", of: string, most: number): Promise<void> {
    const key = this.#key(kind, of);
    const excess = Number(await this.#link.command(key, "ZCARD", key)) - most;
    if (excess <= 0) return;
    const members = await this.oldest(kind, of, Math.min(excess, AT_ONCE));
    for (const member of members) await this.remove(member, kind, of);
  }

  async #range(set: SetKind, name: string, ...args: string[]): Promise<readonly Member[]> {
    const key = this.#key(set, name);
    const reply = await this.#link.command(key, "ZRANGE", key, ...args, "WITHSCORES");
    return membersFrom(reply);
  }

  async #rowsOf(id: string): Promise<RowsOfId> {
    const key = this.#key("m", id);
    const reply = await this.#link.command(key, "HGETALL", key);
    if (!Array.isArray(reply)) throw unexpected();
    const flat: readonly unknown[] = reply;
    const rows: MessageRow[] = [];
    let revision = "";
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const [field, value] = [flat[index], flat[index + 1]];
      if (!Buffer.isBuffer(field) || !Buffer.isBuffer(value)) throw unexpected();
      const name = field.toString();
      if (name === "rev") revision = value.toString();
      else rows.push(unpackRow(id, name.startsWith("1"), value));
    }
    return { rows, revision };
  }

  async #erasedSince(abouts: readonly MessageIdentity[]): Promise<ErasedSince> {
    const names = [...new Set(abouts.flatMap(namesOf))];
    const keys = names.map((name) => this.#key("e", name));
    const [first = ""] = keys;
    const reply = await this.#link.command(first, "MGET", ...keys);
    if (!Array.isArray(reply)) throw unexpected();
    const marks = new Map<string, number>();
    reply.forEach((mark: unknown, index) => {
      if (Buffer.isBuffer(mark)) marks.set(names[index] ?? "", Number(mark.toString()));
    });
    return (about, sentAtMs) => namesOf(about).some((name) => (marks.get(name) ?? -1) >= sentAtMs);
  }

  #key(kind: "m" | "e" | SetKind, name: string): string {
    return `${this.#base}:${kind}:${name}`;
  }

  #revision(): string {
    return this.#random.bytes(9).toString("base64url");
  }
}

function foldAll(
  rows: readonly MessageRow[],
  facts: readonly MessageFact[],
  rules: FoldRules,
): readonly RowChange<MessageRow>[] {
  // By field: what was there before the first fact, and what is there after the last.
  const first = new Map(rows.map(withField));
  const now = new Map(first);
  for (const fact of facts) {
    const inDirection = [...now.values()].filter(({ fromMe }) => fromMe === fact.about.fromMe);
    for (const { after } of foldFact(inDirection, fact, rules)) now.set(fieldOf(after), after);
  }
  return [...now]
    .filter(([field, after]) => first.get(field) !== after)
    .map(([field, after]) => ({ before: first.get(field), after }));
}

function withField(row: MessageRow): [string, MessageRow] {
  return [fieldOf(row), row];
}

// The forms that a row began with name it for good, whatever is learned of them later.
function fieldOf({ fromMe, chat, sender }: MessageRow): string {
  return [fromMe ? 1 : 0, chat.jid, sender?.jid ?? ""]
    .map((part) => String(part).replaceAll("|", "%7c"))
    .join("|");
}

/** The sorted sets a row is in. */
function setsOf(row: MessageRow): readonly (readonly [SetKind, string])[] {
  const { body, chat, sender, waitingFor } = row;
  const inChat = (kind: SetKind) => formsOf(chat).map((form) => [kind, form] as const);
  if (waitingFor !== undefined) return [["w", waitingFor], ...inChat("c")];
  if (body === undefined) return [];
  const timelines = inChat("t");
  const authors = sender ? formsOf(sender).map((form) => ["u", form] as const) : [];
  return [...timelines, ...authors];
}

function isOfWaiting(kind: SetKind): boolean {
  return kind === "w" || kind === "c";
}

function memberOf(row: MessageRow): string {
  return `${fieldOf(row)}|${row.id}`;
}

function split(member: string): { readonly id: string; readonly field: string } {
  const [fromMe = "", chat = "", sender = "", ...id] = member.split("|");
  return { field: `${fromMe}|${chat}|${sender}`, id: id.join("|") };
}

function membersFrom(reply: unknown): readonly Member[] {
  if (!Array.isArray(reply)) throw unexpected();
  // RESP3 pairs a member with its score; RESP2 lists them in turn.
  const flat: readonly unknown[] = reply.flat();
  const members: Member[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    members.push({ text: String(flat[index]), score: Number(String(flat[index + 1])) });
  }
  return members;
}

function unexpected(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_BODY_UNREADABLE",
    "A key of ours in Redis holds something else: use another prefix, or find out what else writes under this one",
  );
}
