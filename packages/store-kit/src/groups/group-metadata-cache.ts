import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import type {
  BaileysEventMap,
  GroupMetadata,
  GroupParticipant,
  ParticipantAction,
} from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";
import { type ReadThrough, type ReadThroughStats, readThrough } from "../cache/read-through.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import type { Identities } from "../identities/identities.ts";
import { type Millis, hours, milliseconds, minutes, seconds } from "../millis.ts";
import { memoryTables } from "../tables/memory-tables.ts";
import type { Table, Tables } from "../tables/table.ts";
import { isNoAccess, isRateLimit } from "./fetch-error.ts";
import { foldParticipants } from "./fold-participants.ts";
import { formsOf, frozenCopy, isUsable } from "./group-metadata.ts";
import { type GroupFact, groupFacts } from "./read-group-facts.ts";

export interface GroupMetadataCacheOptions {
  /** Who is who, and who we are. */
  readonly identities: Pick<Identities, "same" | "isMe" | "pnOf" | "ingest">;
  /** Asks the server, mostly `sock.groupMetadata`; `fetchWith` sets it later. */
  readonly fetch?: (jid: string) => Promise<GroupMetadata>;
  /** Where groups are kept. @defaultValue in memory */
  readonly tables?: Tables;
  /** How long a group is believed without a word about it. @defaultValue `hours(1)` */
  readonly ttl?: Millis;
  /** How long after that it still serves when the server does not answer or refuses. @defaultValue `hours(24)` */
  readonly staleIfError?: Millis;
  /** Least time between two questions to the server. Doubled by each 429. @defaultValue `milliseconds(400)` */
  readonly minFetchInterval?: Millis;
  /** Longest such time. @defaultValue `minutes(15)` */
  readonly maxFetchInterval?: Millis;
  /** Most questions at a time. @defaultValue `2` */
  readonly maxConcurrentFetches?: number;
  /** Most groups kept. @defaultValue `500` */
  readonly maxGroups?: number;
  /** Hears of questions that failed and events that could not be read. @defaultValue `process.emitWarning` */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/** Which events tell of groups. */
export type GroupEvents = Partial<
  Pick<
    BaileysEventMap,
    | "connection.update"
    | "groups.upsert"
    | "groups.update"
    | "group-participants.update"
    | "chats.update"
    | "messages.upsert"
  >
>;

export interface GroupMetadataCache {
  /** Goes into `makeWASocket`. Never rejects; `undefined` makes Baileys ask the server itself. */
  readonly cachedGroupMetadata: (jid: string) => Promise<GroupMetadata | undefined>;
  /** What would be answered without asking the server. */
  peek(jid: string): GroupMetadata | undefined;
  /** The members as PNs, those of them that are known; the answer above must not be rewritten that way. */
  participantsAsPn(jid: string): readonly string[] | undefined;
  /** Takes in what a flush of Baileys' events tells. Never throws. */
  ingest(events: GroupEvents): void;
  /** Asks through this from now on, as the socket changes; `undefined` when there is none. */
  fetchWith(fetch: ((jid: string) => Promise<GroupMetadata>) | undefined): void;
  /** Serves nothing of this group, or of any, until the server was asked again. */
  invalidate(jid?: string): void;
  /**
   * Forgets the groups that name somebody, until the server is asked again: who is in a group is its word, and the next
   * message must not miss anybody. Says how many those were.
   */
  eraseUser(jids: readonly string[]): number;
  stats(): ReadThroughStats;
}

/** What is kept of a group. */
interface GroupRow {
  readonly metadata: GroupMetadata;
  /** Wall time until which it is believed; 0 when it must be confirmed first. */
  readonly freshUntilMs: number;
  readonly learnedAtMs: number;
}

/** One who waits for a group, and must not be given what was true before the last word about it. */
interface Waiter {
  overtaken: boolean;
}

const OPTIONS = [
  "identities",
  "fetch",
  "tables",
  "ttl",
  "staleIfError",
  "minFetchInterval",
  "maxFetchInterval",
  "maxConcurrentFetches",
  "maxGroups",
  "onError",
  "clock",
  "random",
] as const satisfies readonly (keyof GroupMetadataCacheOptions)[];

/** How long a group that we may not see is not asked for again. */
const NO_ACCESS_FOR = minutes(10);
/** After a gap of this length somebody may have left without our being told before the next send. */
const SHORT_GAP_MS = seconds(60);
/**
 * Membership changes overtake what waits in Baileys' event buffer, whole groups among it, by up to its timeout of 30
 * seconds. A whole group that comes so soon after a change may be older than it, so it is not believed.
 */
const SETTLED_AFTER = minutes(10);
const MOST_GROUPS_HEARD_OF = 10_000;
/** A send waits for this. */
const FETCH_TIMEOUT = seconds(15);
/** A group that changes faster than it can be fetched is left to Baileys. */
const MOST_ATTEMPTS = 3;

/**
 * The members of groups for sends, kept true by events and by asking the server, at a rate that it bears.
 *
 * @throws UsageError for an option that makes no sense.
 */
export function groupMetadataCache(options: GroupMetadataCacheOptions): GroupMetadataCache {
  assertKnownOptions("groupMetadataCache", options, OPTIONS);
  return new GroupCache(options);
}

class GroupCache implements GroupMetadataCache {
  readonly #identities: GroupMetadataCacheOptions["identities"];
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #ttlMs: number;
  readonly #tables: Tables;
  readonly #rows: Table<GroupRow>;
  readonly #cache: ReadThrough<GroupMetadata>;
  /** Groups that we are no longer in. */
  readonly #left: SyncCache<true>;
  /** Groups whose members changed lately. */
  readonly #changed: SyncCache<true>;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #fetch: ((jid: string) => Promise<GroupMetadata>) | undefined;
  #closedAtMs = -Infinity;

  constructor(options: GroupMetadataCacheOptions) {
    const { identities, fetch, tables = memoryTables(), onError } = options;
    const { clock = systemClock, random = systemRandom } = options;
    const { ttl = hours(1), staleIfError = hours(24) } = options;
    const max = integerOption("maxGroups", options.maxGroups ?? 500, { min: 1 });
    this.#identities = identities;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#report = totalSink(onError);
    this.#ttlMs = ttl;
    this.#tables = tables;
    this.#left = lru({ max: MOST_GROUPS_HEARD_OF });
    this.#changed = lru({ max: MOST_GROUPS_HEARD_OF, ttl: SETTLED_AFTER, clock });
    this.#cache = readThrough<GroupMetadata>({
      load: (jid) => this.#load(jid),
      ttl,
      staleIfError,
      negativeTtl: NO_ACCESS_FOR,
      minLoadInterval: options.minFetchInterval ?? milliseconds(400),
      maxLoadInterval: options.maxFetchInterval ?? minutes(15),
      maxConcurrentLoads: options.maxConcurrentFetches ?? 2,
      loadTimeout: FETCH_TIMEOUT,
      isRefusal: isRateLimit,
      max,
      onError: (error) => this.#report(notFetched(error)),
      clock,
      random,
    });
    this.#rows = tables.table<GroupRow>({
      name: "group_metadata",
      max,
      rankOf: ({ learnedAtMs }) => Math.floor(learnedAtMs),
    });
    this.#confirmAll(staleIfError);
  }

  readonly cachedGroupMetadata = async (jid: string): Promise<GroupMetadata | undefined> => {
    try {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        if (this.#left.get(jid)) return undefined;
        const waiter = this.#wait(jid);
        const metadata = await this.#cache.get(jid).finally(() => this.#leave(jid, waiter));
        if (!waiter.overtaken) return metadata;
      }
    } catch (error) {
      this.#report(notFetched(error));
    }
    return undefined;
  };

  peek(jid: string): GroupMetadata | undefined {
    return this.#left.get(jid) ? undefined : this.#cache.peek(jid);
  }

  participantsAsPn(jid: string): readonly string[] | undefined {
    const members = this.peek(jid)?.participants;
    return members
      ?.map((member) => formsOf(member).map((form) => this.#identities.pnOf(form)))
      .flatMap((pns) => pns.find((pn) => pn !== undefined) ?? []);
  }

  ingest(events: GroupEvents): void {
    const guardedFold = (fold: () => void): void => {
      try {
        fold();
      } catch (error) {
        this.#report(notRead(error));
      }
    };
    guardedFold(() => {
      const { connection } = events["connection.update"] ?? {};
      if (connection === "close") this.#closedAtMs = this.#clock.monotonic();
      if (connection === "open") this.#reconnected();
    });
    guardedFold(() => {
      for (const read of groupFacts(events)) {
        guardedFold(() => {
          const fact = read();
          if (fact !== undefined) this.#fold(fact);
        });
      }
    });
  }

  fetchWith(fetch: ((jid: string) => Promise<GroupMetadata>) | undefined): void {
    this.#fetch = fetch;
  }

  invalidate(jid?: string): void {
    if (jid !== undefined) return this.#drop(jid);
    this.#tables.atomically(() => {
      for (const { key } of this.#rows.list()) this.#drop(key);
    });
    for (const known of this.#waiters.keys()) this.#overtake(known);
    this.#cache.invalidateAll();
  }

  eraseUser(jids: readonly string[]): number {
    return this.#tables.atomically(() => {
      const naming = this.#rows.list().filter(({ row }) => {
        const text = JSON.stringify(row.metadata);
        return jids.some((jid) => {
          const start = `"${jid.slice(0, jid.indexOf("@"))}`;
          return text.includes(`${start}@`) || text.includes(`${start}:`);
        });
      });
      for (const { key } of naming) this.#drop(key);
      return naming.length;
    });
  }

  stats(): ReadThroughStats {
    return this.#cache.stats();
  }

  #fold(fact: GroupFact): void {
    const { jid } = fact;
    switch (fact.kind) {
      case "whole":
        if (fact.buffered && this.#changed.get(jid)) return this.#drop(jid);
        this.#left.delete(jid);
        return this.#replace(fact.metadata);
      case "part": {
        const row = this.#rows.get(jid);
        // Baileys' event buffer keeps only the first of several partial updates: what it said holds, and is confirmed.
        if (row !== undefined) this.#keep(jid, { ...row.metadata, ...fact.part }, 0);
        return;
      }
      case "ephemeral": {
        const row = this.#rows.get(jid);
        if (row === undefined) return this.#overtake(jid);
        const { ephemeralDuration: _, ...rest } = row.metadata;
        const { seconds: ephemeralDuration } = fact;
        const next = ephemeralDuration === undefined ? rest : { ...rest, ephemeralDuration };
        return this.#keep(jid, next, row.freshUntilMs);
      }
      case "participants":
        return this.#foldParticipants(jid, fact.action, fact.participants);
      case "unknown":
        return this.#drop(jid);
    }
  }

  #foldParticipants(
    jid: string,
    action: ParticipantAction,
    participants: readonly Partial<GroupParticipant>[],
  ): void {
    this.#changed.set(jid, true);
    const isAboutUs = participants.some((one) =>
      formsOf(one).some((form) => this.#identities.isMe(form)),
    );
    if (isAboutUs && action === "remove") {
      this.#left.set(jid, true);
      return this.#drop(jid);
    }
    if (isAboutUs && action === "add") this.#left.delete(jid);
    const row = this.#rows.get(jid);
    const next = row && foldParticipants(row.metadata, action, participants, this.#identities);
    if (row === undefined || next === undefined) return this.#drop(jid);
    this.#keep(jid, next, row.freshUntilMs);
  }

  /** Takes what the server just said of a group. */
  #replace(metadata: GroupMetadata): void {
    if (isUsable(metadata)) {
      this.#keep(metadata.id, metadata, this.#clock.now() + this.#ttlMs);
    } else this.#drop(metadata.id);
  }

  #keep(jid: string, metadata: GroupMetadata, freshUntilMs: number): void {
    const nowMs = this.#clock.now();
    const kept = frozenCopy(metadata);
    this.#overtake(jid);
    // Memory last: what could not be written must not be served either.
    this.#cache.invalidate(jid);
    this.#rows.set(jid, { metadata: kept, freshUntilMs, learnedAtMs: nowMs });
    const leftMs = Math.min(Math.max(freshUntilMs - nowMs, 0), this.#ttlMs);
    this.#cache.put(jid, kept, { ttl: milliseconds(leftMs) });
  }

  #drop(jid: string): void {
    this.#overtake(jid);
    this.#cache.invalidate(jid);
    this.#rows.delete(jid);
  }

  async #load(jid: string): Promise<GroupMetadata | undefined> {
    const waiter = this.#wait(jid);
    try {
      const metadata = await this.#ask(jid);
      if (metadata === undefined) {
        if (!waiter.overtaken) this.#rows.delete(jid);
        return undefined;
      }
      const kept = frozenCopy(metadata);
      const learnedAtMs = this.#clock.now();
      // What is learned of a group that changed meanwhile is not kept: the cache drops it, and so must the table.
      if (!waiter.overtaken) {
        this.#rows.set(jid, {
          metadata: kept,
          learnedAtMs,
          freshUntilMs: learnedAtMs + this.#ttlMs,
        });
      }
      return kept;
    } finally {
      this.#leave(jid, waiter);
    }
  }

  async #ask(jid: string): Promise<GroupMetadata | undefined> {
    if (this.#fetch === undefined) {
      throw new StoreKitError(
        "STORE_KIT_UNAVAILABLE",
        "A group's metadata was asked for while there is no socket to fetch it with",
        { retryable: true },
      );
    }
    try {
      const metadata = await this.#fetch(jid);
      this.#identities.ingest({ "groups.update": [metadata] });
      return isUsable(metadata) ? metadata : undefined;
    } catch (error) {
      if (isNoAccess(error)) return undefined;
      throw error;
    }
  }

  #reconnected(): void {
    if (this.#clock.monotonic() - this.#closedAtMs > SHORT_GAP_MS) this.#confirmAll();
    this.#closedAtMs = this.#clock.monotonic();
  }

  /** Groups known from before are served only once the server confirmed them, or when it cannot be asked. */
  #confirmAll(youngerThanMs = Infinity): void {
    const nowMs = this.#clock.now();
    this.#tables.atomically(() => {
      for (const { key, row } of this.#rows.list()) {
        const isOld = nowMs - row.learnedAtMs > youngerThanMs;
        if (isOld || !isUsable(row.metadata)) this.#drop(key);
        else {
          this.#overtake(key);
          this.#rows.set(key, { ...row, freshUntilMs: 0 });
          this.#cache.put(key, frozenCopy(row.metadata), { ttl: milliseconds(0) });
        }
      }
    });
    for (const jid of this.#waiters.keys()) this.#overtake(jid);
    this.#cache.invalidateAll({ soft: true });
  }

  #wait(jid: string): Waiter {
    const waiter = { overtaken: false };
    const waiters = this.#waiters.get(jid) ?? new Set();
    this.#waiters.set(jid, waiters.add(waiter));
    return waiter;
  }

  #leave(jid: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(jid);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(jid);
  }

  #overtake(jid: string): void {
    for (const waiter of this.#waiters.get(jid) ?? []) waiter.overtaken = true;
  }
}

function notFetched(error: unknown): Error {
  if (error instanceof MotteError) return error;
  return new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "A group's metadata could not be fetched: see the cause. A send goes on with what is known, or Baileys asks itself",
    { cause: error, retryable: true },
  );
}

function notRead(error: unknown): Error {
  if (error instanceof MotteError) return error;
  return new StoreKitError(
    "STORE_KIT_EVENT_UNREADABLE",
    "A part of an event about a group was not understood, and is left out",
    { cause: error },
  );
}
