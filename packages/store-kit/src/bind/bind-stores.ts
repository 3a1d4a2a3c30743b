import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { StoreKitError } from "../errors.ts";
import { type HistoryPolicy, historyRules } from "../ingest/history-policy.ts";
import type { HistorySpool } from "../ingest/history-spool.ts";
import {
  type HistoryDrained,
  type IngestProgress,
  IngestQueue,
  type WaitingBytes,
} from "../ingest/ingest-queue.ts";
import type { Flush } from "../ingest/slice-flush.ts";
import { normalizeJid } from "../messages/address.ts";
import { type Millis, seconds } from "../millis.ts";
import { type BindableEvents, type BindableSocket, SocketLink } from "./socket-link.ts";
import { PART_NAMES, type StoreParts } from "./store-parts.ts";

export interface BindStoresOptions {
  /** How long the end of a socket waits for what it still told to be stored. @defaultValue `seconds(2)` */
  readonly endDrain?: Millis;
  /** How much of the past waits where, and how much of it is taken at all. */
  readonly history?: HistoryPolicy;
  /** Where history waits when memory is full. What a process before this one left in it is taken in at once. */
  readonly spool?: HistorySpool;
  /**
   * Whether all history goes to the spool first: a phone sends it only when a device is linked, so what is lost with
   * a process comes no more. @defaultValue `false`
   */
  readonly durableHistory?: boolean;
  /** Hears after each part of a history that was taken in. */
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Hears whenever nothing of a history waits any more. */
  readonly onDrained?: (drained: HistoryDrained) => void;
  /** Hears of every failure that is kept away from Baileys. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

export interface DrainReport {
  /** Whether everything that was told is in the stores: no time and no disk were missing. */
  readonly drained: boolean;
}

export interface BindStats {
  /** Flushes that came. */
  readonly flushes: number;
  /** Failures that were kept away from Baileys. */
  readonly failures: number;
  /** Parts of large flushes that wait for a turn. */
  readonly liveWaiting: number;
  readonly history: IngestProgress;
  /** About what waits, by where it waits. */
  readonly bytes: WaitingBytes;
  /** The longest time that the event loop was kept from anything else, in milliseconds. */
  readonly longestTurnMs: number;
}

/** Stores that follow an account's events. */
export interface StoreBinding extends AsyncDisposable {
  /**
   * Takes from a socket what its events do not tell: what it sends, its groups, who we are, what it still buffers when
   * it ends. For each new socket of a supervisor; `bindStores(sock, …)` does it by itself. Twice is as once.
   */
  attach(sock: BindableSocket): void;
  /** Resolves when all that was told so far is stored, or after `within`. Never rejects. */
  drain(within?: Millis): Promise<DrainReport>;
  /**
   * Drops what waits to be stored of somebody, on disk too; `eraseUser` deletes what is stored. Says how many elements
   * that were.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  eraseUser(jid: string): Promise<number>;
  /** Stops listening and gives the socket back as it was; resolves when what was told is stored. */
  unbind(): Promise<void>;
  stats(): BindStats;
}

const OPTIONS = [
  "endDrain",
  "history",
  "spool",
  "durableHistory",
  "onProgress",
  "onDrained",
  "onError",
  "clock",
] as const satisfies readonly (keyof BindStoresOptions)[];

const bound = new WeakMap<BindableEvents, Binding>();

/**
 * Lets stores follow a socket, or a supervisor across its sockets: one listener, one pass per flush, nothing that ever
 * throws into Baileys. Binding the same events again answers the binding there is.
 *
 * @throws UsageError for an option or a part that is not one.
 */
export function bindStores(
  source: BindableSocket,
  parts: StoreParts,
  options: BindStoresOptions = {},
): StoreBinding {
  assertKnownOptions("bindStores", options, OPTIONS);
  assertKnownOptions("bindStores: parts", parts, PART_NAMES);
  if (typeof source.ev?.process !== "function") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "bindStores needs a socket, or a supervisor: something with the `ev` of Baileys",
    );
  }
  const before = bound.get(source.ev);
  if (before !== undefined) {
    if (isSocket(source)) before.attach(source);
    return before;
  }
  const binding = new Binding(source, parts, options);
  bound.set(source.ev, binding);
  return binding;
}

class Binding implements StoreBinding {
  readonly #ev: BindableEvents;
  readonly #parts: StoreParts;
  readonly #clock: Clock;
  readonly #endDrain: Millis;
  readonly #report: (error: unknown) => void;
  readonly #queue: IngestQueue;
  readonly #links = new Map<BindableSocket, SocketLink>();
  #unsubscribe: (() => void) | undefined;
  #flushes = 0;
  #failures = 0;

  constructor(source: BindableSocket, parts: StoreParts, options: BindStoresOptions) {
    const { clock = systemClock, endDrain = seconds(2), spool, durableHistory = false } = options;
    if (durableHistory && spool === undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "durableHistory needs a spool: pass `spool: await openHistorySpool({ account, file })`",
      );
    }
    const history = historyRules(options.history);
    const sink = totalSink(options.onError);
    this.#ev = source.ev;
    this.#parts = { ...parts };
    this.#clock = clock;
    this.#endDrain = endDrain;
    this.#report = (error) => {
      this.#failures += 1;
      sink(error instanceof Error ? error : unreadable(error));
    };
    this.#queue = new IngestQueue({
      parts: this.#parts,
      clock,
      report: this.#report,
      history,
      spool,
      durable: durableHistory,
      onProgress: options.onProgress,
      onDrained: options.onDrained,
    });
    this.#unsubscribe = this.#ev.process((events) => this.#onFlush(events));
    if (isSocket(source)) this.attach(source);
  }

  attach(sock: BindableSocket): void {
    if (this.#unsubscribe === undefined || this.#links.has(sock)) return;
    try {
      const link = new SocketLink(sock, {
        parts: this.#parts,
        report: this.#report,
        settle: () => this.#settle(),
        onEnd: (ended) => this.#detach(ended),
      });
      this.#links.set(sock, link);
    } catch (error) {
      this.#report(error);
    }
  }

  async drain(within?: Millis): Promise<DrainReport> {
    const { messages } = this.#parts;
    const all = this.#queue.drained().then(() => messages?.drain());
    return { drained: (await this.#inTime(all, within)) && this.#queue.isEmpty };
  }

  async eraseUser(jid: string): Promise<number> {
    const { identities } = this.#parts;
    const [whom, normal] = [jid, normalizeJid(jid)];
    return this.#queue.eraseUser((one) => {
      if (!one) return false;
      return identities?.same(one, whom) ?? normalizeJid(one) === normal;
    });
  }

  async unbind(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (bound.get(this.#ev) === this) bound.delete(this.#ev);
    for (const link of this.#links.values()) this.#detach(link);
    await this.drain();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unbind();
  }

  stats(): BindStats {
    const { liveWaiting, bytes, longestTurnMs, progress } = this.#queue;
    return {
      flushes: this.#flushes,
      failures: this.#failures,
      liveWaiting,
      history: progress,
      bytes,
      longestTurnMs,
    };
  }

  #onFlush(events: Flush): void {
    // A source may go on with a flush that it was in the middle of.
    if (this.#unsubscribe === undefined) return;
    this.#flushes += 1;
    try {
      const { connection } = events["connection.update"] ?? {};
      if (connection === "open") for (const link of this.#links.values()) link.opened();
      this.#queue.take(events);
      if (connection === "close") this.#closed();
    } catch (error) {
      // A listener that throws makes Baileys emit the same flush again and lose the rest of it
      // (event-buffer.js: flush).
      this.#report(error);
    }
  }

  /** Where Baileys cannot say that a socket ends, its close is the last moment at which it can be asked. */
  #closed(): void {
    const links = [...this.#links.values()];
    if (links.every(({ hearsEnd }) => !hearsEnd)) this.#ev.flush?.();
    for (const link of links) if (!link.hearsEnd) this.#detach(link);
  }

  async #settle(): Promise<void> {
    await this.#inTime(this.#queue.liveDrained(), this.#endDrain);
  }

  #detach(link: SocketLink): void {
    link[Symbol.dispose]();
    this.#links.delete(link.sock);
    // Groups are asked for through the socket that came last, if there is one.
    if (this.#links.size === 0) {
      this.#parts.groups?.fetchWith(undefined);
      this.#parts.identities?.lookUpIn(undefined);
    }
  }

  /** Whether `work` was done within that time. */
  async #inTime(work: Promise<unknown>, within: Millis | undefined): Promise<boolean> {
    const done = work.then(() => true);
    if (within === undefined) return done;
    let timer: Disposable | undefined;
    const over = new Promise<boolean>((resolve) => {
      timer = this.#clock.after(within, () => resolve(false), { keepAlive: true });
    });
    try {
      return await Promise.race([done, over]);
    } finally {
      timer?.[Symbol.dispose]();
    }
  }
}

/** Says whether there is more to it than events, as with a supervisor. */
function isSocket(source: BindableSocket): boolean {
  const { registerSocketEndHandler, sendMessage, groupMetadata, user } = source;
  return [registerSocketEndHandler, sendMessage, groupMetadata, user].some(Boolean);
}

function unreadable(cause: unknown): StoreKitError {
  const what = "Something that is no error was thrown";
  return new StoreKitError("STORE_KIT_EVENT_UNREADABLE", what, { cause });
}
