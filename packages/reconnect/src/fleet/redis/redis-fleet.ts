import type { Clock } from "@motte/core/clock";
import { Emitter, type Event } from "@motte/core/events";
import { type RedisClient, redisConnection } from "@motte/core/redis";
import type { Disconnect } from "../../disconnect.ts";
import {
  type AdmissionOutcome,
  type AdmissionRequest,
  type AdmissionTicket,
  DEFAULT_EGRESS,
  type EndedConnection,
} from "../admission.ts";
import { type Fleet, fleet } from "../fleet.ts";
import { fleetClock, fleetSettings } from "../options.ts";
import type { FleetSnapshot } from "../snapshot.ts";
import { assertLane } from "../lane.ts";
import { type Waiter, WaitingRoom } from "../waiting-room.ts";
import { type RedisFleetOptions, type RedisFleetSettings, redisFleetSettings } from "./options.ts";
import { SharedFleet } from "./shared-fleet.ts";

/** Admits the connects of many accounts in several processes. */
export interface RedisFleet extends Fleet, AsyncDisposable {
  /** `alone` while Redis fails and this process keeps the limits by itself. */
  readonly mode: "shared" | "alone";
  /** Redis has failed, and what was thrown. What waits goes on by itself. */
  readonly onError: Event<unknown>;
  /** What this process does, with the buckets and breakers of all as it last heard of them. */
  snapshot(): FleetSnapshot;
  /** Gives back what this process holds. Nothing is asked of Redis after it; the client stays open. */
  close(): Promise<void>;
}

/**
 * A `fleet` over several processes, with its counts in Redis and Redis' time as its clock. Takes a connected client of
 * `redis` or `ioredis`.
 *
 * A process that dies frees what it held within `leaseMs`. While Redis fails, each process keeps the limits by itself:
 * accounts go on connecting, and not all at once.
 *
 * Throws a `UsageError` when an option makes no sense.
 */
export function redisFleet(client: RedisClient, options: RedisFleetOptions = {}): RedisFleet {
  const own = redisFleetSettings(options);
  const { prefix: _, leaseMs: _l, pollMs: _p, commandTimeoutMs: _c, ...rest } = options;
  const { retryMs: _r, logger: _g, random: _n, ...limits } = rest;
  const settings = fleetSettings(limits);
  const shared = new SharedFleet(redisConnection(client), settings, own);
  return new TwoModes(shared, fleet(limits), own, fleetClock(limits));
}

interface RedisWaiter extends Waiter {
  readonly sinceMs: number;
  readonly signal: AbortSignal;
  readonly go: (ticket: AdmissionTicket) => void;
  readonly fail: (error: unknown) => void;
}

class TwoModes implements RedisFleet {
  readonly onError: Event<unknown>;
  readonly #shared: SharedFleet;
  readonly #alone: Fleet;
  readonly #settings: RedisFleetSettings;
  readonly #clock: Clock;
  readonly #errors = new Emitter<unknown>();
  readonly #room = new WaitingRoom<RedisWaiter>();
  /** The egresses that Redis is being asked for. */
  readonly #asking = new Set<string>();
  /** Who is on the way in, by ticket. */
  readonly #underWay = new Map<string, string>();
  readonly #open = new Set<string>();
  #requests = 0;
  #granted = 0;
  #longestWaitMs = 0;
  #released: Readonly<Record<AdmissionOutcome, number>> = { opened: 0, failed: 0, aborted: 0 };
  #aloneUntilMs = Number.NEGATIVE_INFINITY;
  #renewal: Disposable | undefined;
  #closed = false;

  constructor(shared: SharedFleet, alone: Fleet, settings: RedisFleetSettings, clock: Clock) {
    this.#shared = shared;
    this.#alone = alone;
    this.#settings = settings;
    this.#clock = clock;
    this.onError = this.#errors.event;
  }

  get mode(): "shared" | "alone" {
    return this.#closed || this.#clock.monotonic() < this.#aloneUntilMs ? "alone" : "shared";
  }

  async acquire(request: AdmissionRequest): Promise<AdmissionTicket> {
    const { id, lane, key = DEFAULT_EGRESS, signal = new AbortController().signal } = request;
    assertLane(lane);
    signal.throwIfAborted();
    if (this.mode === "alone") return this.#alone.acquire(request);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        if (!this.#room.remove(waiter)) return;
        reject(signal.reason);
        void this.#tell(this.#shared.leave(key, waiter.number));
      };
      const done = (): void => signal.removeEventListener("abort", giveUp);
      const waiter: RedisWaiter = {
        number: ++this.#requests,
        id,
        lane,
        key,
        signal,
        sinceMs: this.#clock.monotonic(),
        go: (ticket) => {
          done();
          resolve(ticket);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#room.add(waiter);
      void this.#ask(key);
    });
  }

  report(ended: EndedConnection): void {
    const { id, key = DEFAULT_EGRESS, disconnect } = ended;
    this.#open.delete(id);
    this.#alone.report(ended);
    if (this.mode === "alone") return;
    const accounts = this.#accounts(id);
    void this.#tell(this.#shared.release({ key, id, accounts, disconnect }));
  }

  snapshot(): FleetSnapshot {
    const alone = this.#alone.snapshot();
    if (this.mode === "alone" && this.#underWay.size === 0) return alone;
    return {
      accounts: this.#accounts(),
      open: this.#open.size,
      underWay: this.#underWay.size + alone.underWay,
      waiting: this.#room.countByLane(),
      granted: this.#granted + alone.granted,
      released: {
        opened: this.#released.opened + alone.released.opened,
        failed: this.#released.failed + alone.released.failed,
        aborted: this.#released.aborted + alone.released.aborted,
      },
      longestWaitMs: Math.max(this.#longestWaitMs, alone.longestWaitMs),
      egresses: this.#shared.egresses(),
      breakers: this.#shared.breakers(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const held = [...this.#underWay.keys()];
    const waiting = [...this.#room];
    this.#closed = true;
    this.#renewal?.[Symbol.dispose]();
    this.#goAlone();
    await Promise.all([
      ...held.map((ticket) => this.#tell(this.#shared.giveBack(ticket))),
      ...waiting.map(({ key, number }) => this.#tell(this.#shared.leave(key, number))),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // One question at a time for each egress, as long as somebody waits for it.
  async #ask(key: string): Promise<void> {
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    try {
      for (;;) {
        const heads = this.#room.headsOf(key);
        if (heads.length === 0 || this.mode === "alone") break;
        const answer = await this.#shared.admit(key, heads, this.#accounts());
        if (answer.number !== undefined) this.#grant(heads, key, answer.number);
        else await this.#clock.sleep(Math.min(answer.againMs, this.#settings.pollMs));
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#asking.delete(key);
    }
  }

  #grant(heads: readonly RedisWaiter[], key: string, number: number): void {
    const waiter = heads.find((head) => head.number === number);
    const ticket = this.#shared.ticket(number);
    if (waiter === undefined || !this.#room.remove(waiter)) {
      // It gave up while Redis was answering.
      const { id } = waiter ?? { id: "" };
      const outcome = "aborted";
      void this.#tell(
        this.#shared.release({ key, id, accounts: this.#accounts(), ticket, outcome }),
      );
      return;
    }
    const waitedMs = this.#clock.monotonic() - waiter.sinceMs;
    this.#longestWaitMs = Math.max(this.#longestWaitMs, waitedMs);
    this.#granted++;
    this.#underWay.set(ticket, waiter.id);
    this.#renewLater();
    waiter.go({
      release: (outcome, disconnect) => this.#release(waiter, ticket, outcome, disconnect),
    });
  }

  #release(
    { id, key }: RedisWaiter,
    ticket: string,
    outcome: AdmissionOutcome,
    disconnect: Disconnect | undefined,
  ): void {
    if (!this.#underWay.delete(ticket)) return;
    this.#released = { ...this.#released, [outcome]: this.#released[outcome] + 1 };
    if (outcome === "opened") this.#open.add(id);
    if (disconnect !== undefined) this.#alone.report({ id, key, disconnect });
    const accounts = this.#accounts(id);
    // Even when it fails: the lease runs out, because nobody renews it any more.
    void this.#tell(this.#shared.release({ key, id, accounts, ticket, outcome, disconnect }));
  }

  #renewLater(): void {
    this.#renewal ??= this.#clock.after(this.#settings.leaseMs / 3, () => {
      this.#renewal = undefined;
      if (this.#underWay.size === 0 || this.#closed) return;
      this.#renewLater();
      void this.#tell(this.#shared.renew([...this.#underWay.keys()], this.#accounts()));
    });
  }

  async #tell(telling: Promise<unknown>): Promise<void> {
    try {
      await telling;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const isNews = this.mode === "shared";
    this.#aloneUntilMs = this.#clock.monotonic() + this.#settings.retryMs;
    if (isNews) {
      this.#settings.logger.warn(
        { err: error },
        "Redis failed; this process keeps the limits alone",
      );
      this.#errors.emit(error);
    }
    this.#goAlone();
  }

  // Who waits goes on here, in the same order.
  #goAlone(): void {
    const waiting = [...this.#room].toSorted((a, b) => a.number - b.number);
    for (const waiter of waiting) {
      this.#room.remove(waiter);
      const { id, lane, key, signal } = waiter;
      this.#alone.acquire({ id, lane, key, signal }).then(waiter.go, waiter.fail);
    }
  }

  #accounts(...more: string[]): number {
    const waiting = [...this.#room].map(({ id }) => id);
    return new Set([...this.#open, ...this.#underWay.values(), ...waiting, ...more]).size;
  }
}
