import type { Clock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { Disconnect } from "../disconnect.ts";
import {
  type Admission,
  type AdmissionOutcome,
  type AdmissionRequest,
  type AdmissionTicket,
  DEFAULT_EGRESS,
  type EndedConnection,
} from "./admission.ts";
import { Breaker } from "./breaker.ts";
import { Egress } from "./egress.ts";
import { assertLane } from "./lane.ts";
import {
  FLEET_OPTIONS,
  type FleetOptions,
  type FleetSettings,
  fleetClock,
  fleetSettings,
} from "./options.ts";
import type { FleetSnapshot } from "./snapshot.ts";
import { asksToSlowDown, breakerName, breakersOf } from "./symptoms.ts";
import { type Waiter, WaitingRoom } from "./waiting-room.ts";

/** Admits the connects of many accounts in one process. */
export interface Fleet extends Admission {
  report(ended: EndedConnection): void;
  /** What it does now and what it did so far. Plain JSON. */
  snapshot(): FleetSnapshot;
}

/**
 * Spreads the connects of many accounts: so many per second and egress, so many at once, and one instead of all while
 * the trouble is everybody's. Give the same fleet to all supervisors of the process.
 *
 * Throws a `UsageError` when an option makes no sense.
 */
export function fleet(options: FleetOptions = {}): Fleet {
  assertKnownOptions("fleet", options, FLEET_OPTIONS);
  return new LocalFleet(fleetSettings(options), fleetClock(options));
}

interface LocalWaiter extends Waiter {
  readonly sinceMs: number;
  readonly go: (ticket: AdmissionTicket) => void;
}

class LocalFleet implements Fleet {
  readonly #settings: FleetSettings;
  readonly #clock: Clock;
  readonly #room = new WaitingRoom<LocalWaiter>();
  readonly #egresses = new Map<string, Egress>();
  readonly #breakers = new Map<string, Breaker>();
  /** Who is on the way in, by the number of its ticket. */
  readonly #underWay = new Map<number, string>();
  readonly #open = new Set<string>();
  #requests = 0;
  #granted = 0;
  #longestWaitMs = 0;
  #released: Readonly<Record<AdmissionOutcome, number>> = { opened: 0, failed: 0, aborted: 0 };
  #timer: Disposable | undefined;

  constructor(settings: FleetSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  acquire(request: AdmissionRequest): Promise<AdmissionTicket> {
    const { id, lane, key = DEFAULT_EGRESS, signal } = request;
    return new Promise((resolve, reject) => {
      assertLane(lane);
      if (signal?.aborted) return reject(signal.reason);
      const giveUp = (): void => {
        this.#room.remove(waiter);
        reject(signal?.reason);
        this.#pump();
      };
      const waiter: LocalWaiter = {
        number: ++this.#requests,
        id,
        lane,
        key,
        sinceMs: this.#clock.monotonic(),
        go: (ticket) => {
          signal?.removeEventListener("abort", giveUp);
          resolve(ticket);
        },
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#room.add(waiter);
      this.#pump();
    });
  }

  report({ id, key = DEFAULT_EGRESS, disconnect }: EndedConnection): void {
    this.#open.delete(id);
    this.#observe(id, key, disconnect);
    this.#pump();
  }

  snapshot(): FleetSnapshot {
    const nowMs = this.#clock.monotonic();
    return {
      accounts: this.#accounts(),
      open: this.#open.size,
      underWay: this.#underWay.size,
      waiting: this.#room.countByLane(),
      granted: this.#granted,
      released: { ...this.#released },
      longestWaitMs: this.#longestWaitMs,
      egresses: [...this.#egresses].map(([key, egress]) => ({
        key,
        ratePerSecond: egress.ratePerSecond(nowMs),
        tokens: egress.tokens(nowMs),
      })),
      breakers: [...this.#breakers].flatMap(([name, breaker]) =>
        breaker.openSinceMs === undefined
          ? []
          : [{ name, openForMs: nowMs - breaker.openSinceMs, probing: breaker.hasCanary }],
      ),
    };
  }

  #pump(): void {
    const nowMs = this.#clock.monotonic();
    const mayGo = (key: string): boolean => this.#readyInMs(key, nowMs) === 0;
    while (this.#underWay.size < this.#settings.maxHandshakes) {
      const next = this.#room.first(mayGo);
      if (next === undefined) break;
      this.#grant(next, nowMs);
    }
    this.#wakeLater(nowMs);
  }

  #grant(waiter: LocalWaiter, nowMs: number): void {
    const { number, id, key } = waiter;
    this.#room.remove(waiter);
    this.#egress(key, nowMs).take(nowMs);
    for (const name of breakersOf(key)) this.#breakers.get(name)?.granted(number);
    this.#underWay.set(number, id);
    this.#granted++;
    this.#longestWaitMs = Math.max(this.#longestWaitMs, nowMs - waiter.sinceMs);
    waiter.go({
      release: (outcome, disconnect) => this.#release(waiter, outcome, disconnect),
    });
  }

  #release(
    { number, id, key }: LocalWaiter,
    outcome: AdmissionOutcome,
    disconnect: Disconnect | undefined,
  ): void {
    if (!this.#underWay.delete(number)) return;
    const nowMs = this.#clock.monotonic();
    this.#released = { ...this.#released, [outcome]: this.#released[outcome] + 1 };
    if (outcome === "opened") this.#open.add(id);
    const hit = disconnect === undefined ? undefined : breakerName(disconnect.cause, key);
    for (const name of breakersOf(key)) {
      const came = outcome === "opened" ? "opened" : name === hit ? "hit" : "other";
      this.#breakers.get(name)?.released(number, came, nowMs);
    }
    if (disconnect !== undefined) this.#observe(id, key, disconnect);
    this.#pump();
  }

  #observe(id: string, key: string, { cause }: Disconnect): void {
    const nowMs = this.#clock.monotonic();
    if (asksToSlowDown(cause)) this.#egress(key, nowMs).slowDown(nowMs);
    const name = breakerName(cause, key);
    if (name === undefined) return;
    const breaker = this.#breakers.get(name) ?? new Breaker(this.#settings.breaker);
    this.#breakers.set(name, breaker);
    breaker.hit(id, this.#accounts(id), nowMs);
  }

  /** Milliseconds until somebody on this egress may go, as far as time alone decides. */
  #readyInMs(key: string, nowMs: number): number {
    let readyInMs = this.#egress(key, nowMs).readyInMs(nowMs);
    for (const name of breakersOf(key)) {
      readyInMs = Math.max(readyInMs, this.#breakers.get(name)?.readyInMs(nowMs) ?? 0);
    }
    return readyInMs;
  }

  // Whatever else lets somebody go, a release above all, calls #pump itself.
  #wakeLater(nowMs: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#tidy(nowMs);
    if (this.#underWay.size >= this.#settings.maxHandshakes) return;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const key of this.#room.keys()) {
      soonestMs = Math.min(soonestMs, this.#readyInMs(key, nowMs));
    }
    if (soonestMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.after(soonestMs, () => this.#pump(), { keepAlive: true });
  }

  // Egresses come and go where proxies rotate.
  #tidy(nowMs: number): void {
    if (this.#room.size > 0) return;
    for (const [key, egress] of this.#egresses) {
      if (egress.isFresh(nowMs)) this.#egresses.delete(key);
    }
    for (const [name, breaker] of this.#breakers) {
      if (breaker.isIdle(nowMs)) this.#breakers.delete(name);
    }
  }

  #egress(key: string, nowMs: number): Egress {
    const egress = this.#egresses.get(key) ?? new Egress(this.#settings, nowMs);
    this.#egresses.set(key, egress);
    return egress;
  }

  #accounts(...more: string[]): number {
    const waiting = [...this.#room].map(({ id }) => id);
    return new Set([...this.#open, ...this.#underWay.values(), ...waiting, ...more]).size;
  }
}
