import { type Clock, systemClock } from "@motte/core/clock";
import { integerOption } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import type { GroupMetadata } from "@whiskeysockets/baileys";
import { type ReadThrough, type ReadThroughStats, readThrough } from "../cache/read-through.ts";
import type { ErrorSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import { hours, milliseconds, minutes, seconds } from "../millis.ts";
import { memoryTables } from "../tables/memory-tables.ts";
import type { Table, Tables } from "../tables/table.ts";
import { isNoAccess, isRateLimit, notFetched } from "./fetch-error.ts";
import type { GroupMetadataCacheOptions } from "./group-cache-options.ts";
import { frozen, frozenCopy, isUsable } from "./group-metadata.ts";
import { GroupSizes, bytesOfGroup } from "./group-sizes.ts";
import { Waiters } from "./waiters.ts";

/** What is kept of a group. */
export interface GroupRow {
  readonly metadata: GroupMetadata;
  /** Wall time until which it is believed; 0 when it must be confirmed first. */
  readonly freshUntilMs: number;
  readonly learnedAtMs: number;
}

/** How long a group that we may not see is not asked for again. */
const NO_ACCESS_FOR = minutes(10);
/** A send waits for this. */
const FETCH_TIMEOUT = seconds(15);
/** A group that changes faster than it can be fetched is left to Baileys. */
const MOST_ATTEMPTS = 3;

/** Groups as they were last known, in rows and before them in a cache that asks the server for what it lacks. */
export class KeptGroups {
  readonly #identities: GroupMetadataCacheOptions["identities"];
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #tables: Tables;
  readonly #rows: Table<GroupRow>;
  readonly #cache: ReadThrough<GroupMetadata>;
  readonly #sizes: GroupSizes;
  readonly #waiters = new Waiters();
  /** Rows that were written since all had to be confirmed: what the others say of their time does not count. */
  readonly #current = new Set<string>();
  #fetch: ((jid: string) => Promise<GroupMetadata>) | undefined;
  #refusals = 0;

  constructor(options: GroupMetadataCacheOptions, report: ErrorSink) {
    const { identities, fetch, tables = memoryTables() } = options;
    const { clock = systemClock, random = systemRandom } = options;
    const { ttl = hours(1), staleIfError = hours(24) } = options;
    const max = integerOption("maxGroups", options.maxGroups ?? 500, { min: 1 });
    const maxBytes = integerOption("maxBytes", options.maxBytes ?? 32 * 1024 * 1024, { min: 8 });
    this.#identities = identities;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#ttlMs = ttl;
    this.#tables = tables;
    this.#sizes = new GroupSizes(max, maxBytes);
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
      maxBytes,
      bytesOf: bytesOfGroup,
      onError: (error) => report(notFetched(error)),
      clock,
      random,
    });
    this.#rows = tables.table<GroupRow>({
      name: "group_metadata",
      // One more than are kept: which one goes is decided here, for the cache as well.
      max: max + 1,
      rankOf: ({ learnedAtMs }) => Math.floor(learnedAtMs),
    });
    this.#takeRows(staleIfError);
  }

  /**
   * The group for a send, asked for if need be and while it is ours: never as it was before the last word about it.
   */
  async get(jid: string, isOurs: () => boolean): Promise<GroupMetadata | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS && isOurs(); attempt++) {
      const waiter = this.#waiters.add(jid);
      const metadata = await this.#cache.get(jid).finally(() => this.#waiters.leave(jid, waiter));
      if (!waiter.overtaken) return metadata;
    }
    return undefined;
  }

  /** How often the server has asked for fewer questions. */
  get refusals(): number {
    return this.#refusals;
  }

  peek(jid: string): GroupMetadata | undefined {
    return this.#cache.peek(jid);
  }

  row(jid: string): GroupRow | undefined {
    const row = this.#rows.get(jid);
    return row === undefined || this.#current.has(jid) ? row : { ...row, freshUntilMs: 0 };
  }

  all(): readonly { readonly key: string; readonly row: GroupRow }[] {
    return this.#rows.list();
  }

  fetchWith(fetch: ((jid: string) => Promise<GroupMetadata>) | undefined): void {
    this.#fetch = fetch;
  }

  stats(): ReadThroughStats & { readonly bytes: number } {
    return { ...this.#cache.stats(), bytes: this.#sizes.total };
  }

  /** Takes what the server just said of a group. */
  replace(metadata: GroupMetadata): void {
    if (isUsable(metadata)) {
      this.keep(metadata.id, metadata, this.#clock.now() + this.#ttlMs);
    } else this.drop(metadata.id);
  }

  keep(jid: string, metadata: GroupMetadata, freshUntilMs: number): void {
    const nowMs = this.#clock.now();
    const kept = frozenCopy(metadata);
    this.#waiters.overtake(jid);
    // Memory last: what could not be written must not be served either.
    this.#cache.invalidate(jid);
    this.#write(jid, { metadata: kept, freshUntilMs, learnedAtMs: nowMs });
    const leftMs = Math.min(Math.max(freshUntilMs - nowMs, 0), this.#ttlMs);
    this.#cache.put(jid, kept, { ttl: milliseconds(leftMs) });
  }

  drop(jid: string): void {
    this.#waiters.overtake(jid);
    this.#cache.invalidate(jid);
    this.#delete(jid);
  }

  dropAll(): void {
    this.#tables.atomically(() => {
      for (const { key } of this.#rows.list()) this.drop(key);
    });
    this.#waiters.overtake();
    this.#cache.invalidateAll();
  }

  /** Groups known from before are served only once the server confirmed them, or when it cannot be asked. */
  confirmAll(): void {
    this.#current.clear();
    this.#waiters.overtake();
    this.#cache.invalidateAll({ soft: true });
  }

  /** Those from before this process began: to be confirmed, and not written again for that. */
  #takeRows(youngerThanMs: number): void {
    const nowMs = this.#clock.now();
    this.#tables.atomically(() => {
      const rows = this.#rows.list().toSorted((a, b) => a.rank - b.rank);
      for (const { key, row } of rows) {
        const isOld = nowMs - row.learnedAtMs > youngerThanMs;
        if (isOld || !isUsable(row.metadata)) this.drop(key);
        else {
          const metadata = frozen(row.metadata);
          this.#makeRoom(key, metadata);
          this.#cache.put(key, metadata, { ttl: milliseconds(0) });
        }
      }
    });
  }

  async #load(jid: string): Promise<GroupMetadata | undefined> {
    const waiter = this.#waiters.add(jid);
    try {
      const metadata = await this.#ask(jid);
      if (metadata === undefined) {
        if (!waiter.overtaken) this.#delete(jid);
        return undefined;
      }
      const kept = frozenCopy(metadata);
      const learnedAtMs = this.#clock.now();
      // What is learned of a group that changed meanwhile is not kept: the cache drops it, and so must the table.
      if (!waiter.overtaken) {
        this.#write(jid, {
          metadata: kept,
          learnedAtMs,
          freshUntilMs: learnedAtMs + this.#ttlMs,
        });
      }
      return kept;
    } finally {
      this.#waiters.leave(jid, waiter);
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
      if (isRateLimit(error)) this.#refusals += 1;
      if (isNoAccess(error)) return undefined;
      throw error;
    }
  }

  /** Writes a row and, where there is no room for all, deletes those written longest ago. */
  #write(jid: string, row: GroupRow): void {
    this.#tables.atomically(() => {
      this.#rows.set(jid, row);
      this.#current.add(jid);
      this.#makeRoom(jid, row.metadata);
    });
  }

  #makeRoom(jid: string, metadata: GroupMetadata): void {
    for (const gone of this.#sizes.keep(jid, bytesOfGroup(metadata))) {
      this.#rows.delete(gone);
      this.#current.delete(gone);
      if (gone !== jid) this.#cache.invalidate(gone);
    }
  }

  #delete(jid: string): void {
    this.#rows.delete(jid);
    this.#current.delete(jid);
    this.#sizes.drop(jid);
  }
}
