import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError, hasCode } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type RedisClient, redisConnection } from "@motte/core/redis";
import { jsonCodec } from "../../codec/json-codec.ts";
import { type ErrorSink, totalSink } from "../../error-sink.ts";
import { StoreKitError } from "../../errors.ts";
import { type Backlog, type DurabilityRisk, FlushSchedule } from "../../kv/flush-schedule.ts";
import { OpenCheck } from "../../kv/open-check.ts";
import { RedisLink } from "../../kv/redis-link.ts";
import { decodeBody, encodeBody } from "../../messages/codec.ts";
import { type Millis, milliseconds, seconds } from "../../millis.ts";
import { assertAccount } from "../../sqlite/accounts.ts";
import {
  TABLE_NAMES,
  type Table,
  type TableName,
  type TableShape,
  type Tables,
  inUse,
} from "../table.ts";
import { ChangeLog, type RowChange } from "./change-log.ts";
import {
  HeldTable,
  type Holder,
  type LoadedTable,
  SleepingTable,
  type WholeTable,
} from "./held-table.ts";
import { RedisHome, takenOver } from "./redis-home.ts";

export interface RedisTablesOptions {
  /** Whose rows these are. Another account's are never seen. */
  readonly account: string;
  /** A connected client of `redis` or `ioredis`, a cluster's too. Its owner closes it. */
  readonly client: RedisClient;
  /** What every key starts with. Without `{` and `}`. @defaultValue `"motte-tables"` */
  readonly prefix?: string;
  /** How long a command may take. @defaultValue `seconds(1)` */
  readonly commandTimeout?: Millis;
  /** Every change is in Redis after this, or `onDurabilityRisk` is told. @defaultValue `milliseconds(250)` */
  readonly maxDelay?: Millis;
  /** How long `close` tries to write what is waiting. @defaultValue `seconds(5)` */
  readonly closeTimeout?: Millis;
  /** Told when changes are older than `maxDelay`, and again every `maxDelay` until they are written. */
  readonly onDurabilityRisk?: (risk: DurabilityRisk) => void;
  /** Hears of writes that failed and will be tried again, and of being taken over. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/** Tables in Redis, and the way to let go of them. */
export interface OpenRedisTables extends Tables, AsyncDisposable {
  /** Resolves when Redis has every change made so far. Rejects when it does not take them; they go on waiting. */
  flush(): Promise<void>;
  /** Rows whose change Redis does not have yet. */
  pending(): number;
  /** Writes what waits, trying for `closeTimeout`. The client stays open. A second call does nothing. */
  close(): Promise<void>;
}

const OPTIONS = [
  "account",
  "client",
  "prefix",
  "commandTimeout",
  "maxDelay",
  "closeTimeout",
  "onDurabilityRisk",
  "onError",
  "clock",
  "random",
] as const satisfies readonly (keyof RedisTablesOptions)[];

/** Past this many changes that wait, all rows are fewer: they are then written as a whole. */
const MOST_CHANGES = 50_000;

/**
 * Opens tables in Redis: reads all rows into this process, which answers from there, and writes changes soon after.
 *
 * What `atomically` did arrives as a whole, and in order: after a crash Redis holds what was true at some moment, at most
 * `maxDelay` ago while it works. Whoever opened an account's tables last has them. From then on nothing of an earlier
 * process is written, whatever it was about to; its next change, and its `flush`, fail with `STORE_KIT_TAKEN_OVER`. A
 * Redis that comes back without its data is given all rows again.
 *
 * @throws UsageError for an option that makes no sense, or what is no Redis client.
 * @throws StoreKitError `STORE_KIT_UNAVAILABLE` when Redis cannot be read.
 */
export async function openRedisTables(options: RedisTablesOptions): Promise<OpenRedisTables> {
  assertKnownOptions("openRedisTables()", options, OPTIONS);
  const { account, client, prefix = "motte-tables", commandTimeout = seconds(1) } = options;
  assertAccount(account);
  if (typeof prefix !== "string" || prefix === "" || /[{}]/.test(prefix)) {
    throw new UsageError("USAGE_INVALID_OPTION", "prefix must be a text without { and }");
  }
  const link = new RedisLink(redisConnection(client), commandTimeout);
  const token = (options.random ?? systemRandom).bytes(12).toString("base64url");
  const home = new RedisHome(link, `${prefix}:{${encodeURIComponent(account)}}`, token);
  // First, so that what is read is all there will be.
  await home.claim();
  const loaded = new Map<TableName, LoadedTable>();
  for (const name of TABLE_NAMES) loaded.set(name, await load(home, name));
  return new RedisTables(home, loaded, options);
}

const codec = jsonCodec<unknown>();

async function load(home: RedisHome, name: TableName): Promise<LoadedTable> {
  const rows = new Map<string, unknown>();
  const unreadable = new Map<string, Uint8Array>();
  await home.read(name, (key, value) => {
    try {
      rows.set(key, decodeBody(codec, value));
    } catch (error) {
      if (!hasCode(error, "STORE_KIT_BODY_UNREADABLE")) throw error;
      // Said to whoever asks for this row.
      unreadable.set(key, value);
    }
  });
  return { rows, unreadable };
}

class RedisTables implements OpenRedisTables {
  readonly #home: RedisHome;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #tables = new Map<TableName, WholeTable>();
  readonly #log = new ChangeLog();
  readonly #open = new OpenCheck("The Redis tables");
  readonly #schedule: FlushSchedule;
  readonly #holder: Holder;
  /** When it became known that Redis needs every row again. */
  #replaceSinceMs: number | undefined;
  /** The number under which the first batch was sent. */
  #sentAs: number | undefined;
  #isTakenOver = false;

  constructor(
    home: RedisHome,
    loaded: ReadonlyMap<TableName, LoadedTable>,
    options: RedisTablesOptions,
  ) {
    this.#home = home;
    this.#clock = options.clock ?? systemClock;
    this.#closeTimeoutMs = options.closeTimeout ?? seconds(5);
    for (const [name, table] of loaded) this.#tables.set(name, new SleepingTable(table, encodeRow));
    const work = { backlog: () => this.#backlog(), write: () => this.#write() };
    this.#schedule = new FlushSchedule(work, {
      maxDelayMs: options.maxDelay ?? milliseconds(250),
      clock: this.#clock,
      report: totalSink(options.onError),
      onDurabilityRisk: options.onDurabilityRisk,
      isOpen: () => this.#open.isOpen,
    });
    this.#holder = {
      open: this.#open,
      assertWritable: () => {
        if (this.#isTakenOver) throw takenOver();
      },
      encode: encodeRow,
      changed: (change) => this.#changed(change),
    };
  }

  table<Row>(shape: TableShape<Row>): Table<Row> {
    const known = this.#tables.get(shape.name);
    if (!(known instanceof SleepingTable)) throw inUse(shape.name);
    const table = new HeldTable(shape, known.loaded, this.#holder);
    this.#tables.set(shape.name, table);
    return table;
  }

  atomically<T>(work: () => T): T {
    try {
      return this.#log.atomically(work, () => this.#clock.monotonic());
    } finally {
      this.#schedule.arm();
    }
  }

  async flush(): Promise<void> {
    this.#holder.assertWritable();
    await this.#schedule.flushAll();
  }

  pending(): number {
    return this.#replaceSinceMs === undefined ? this.#log.entries : this.#rowCount();
  }

  async close(): Promise<void> {
    if (!this.#open.close()) return;
    try {
      if (this.#isTakenOver) return;
      await this.#schedule.flushWithin(this.#closeTimeoutMs, () => this.#schedule.flushAll());
    } catch (error) {
      if (hasCode(error, "STORE_KIT_TAKEN_OVER")) throw error;
      throw new StoreKitError(
        "STORE_KIT_UNAVAILABLE",
        `${this.pending()} changes could not be written before the tables were closed, and are lost`,
        { cause: error },
      );
    } finally {
      this.#schedule.disarm();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #changed(change: RowChange): void {
    this.#log.add(change, this.#clock.monotonic());
    if (!this.#log.isInStep) this.#schedule.arm();
  }

  #backlog(): Backlog {
    const sinceMs = this.#replaceSinceMs ?? this.#log.sinceMs;
    return {
      waitingSinceMs: sinceMs,
      oldestSinceMs: sinceMs,
      entries: this.pending(),
      isUrgent: this.#replaceSinceMs === undefined && this.#log.entries >= MOST_CHANGES / 10,
    };
  }

  async #write(): Promise<void> {
    try {
      await this.#writeAll();
    } catch (error) {
      if (!hasCode(error, "STORE_KIT_TAKEN_OVER")) throw error;
      this.#isTakenOver = true;
      this.#replaceSinceMs = undefined;
      this.#log.clear();
      throw error;
    }
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      if (this.#log.entries > MOST_CHANGES) this.#needAll();
      if (this.#replaceSinceMs !== undefined) await this.#replace(this.#replaceSinceMs);
      const batch = this.#log.first();
      if (batch === undefined) return;
      // Sent again under the same number, it is made once.
      this.#sentAs ??= this.#home.nextSeq();
      if (await this.#home.write(batch, this.#sentAs)) this.#log.shift();
      else this.#needAll();
      this.#sentAs = undefined;
    }
  }

  /** From now on the rows themselves are what waits to be written, and no changes of them. */
  #needAll(): void {
    this.#replaceSinceMs ??= this.#log.sinceMs ?? this.#clock.monotonic();
    this.#sentAs = undefined;
  }

  async #replace(sinceMs: number): Promise<void> {
    // Of what changes from here on the log is kept.
    const encoded = new Map<TableName, Iterable<readonly [string, Uint8Array]>>();
    for (const [name, table] of this.#tables) encoded.set(name, table.encoded());
    this.#log.clear();
    this.#replaceSinceMs = undefined;
    try {
      await this.#home.replace(encoded, this.#home.nextSeq());
    } catch (error) {
      this.#replaceSinceMs = sinceMs;
      throw error;
    }
  }

  #rowCount(): number {
    return [...this.#tables.values()].reduce((sum, table) => sum + table.rowCount, 0);
  }
}

function encodeRow(row: unknown): Uint8Array {
  const value = encodeBody(codec, row);
  if (value === undefined) throw new TypeError("A row is plain JSON");
  return value;
}
