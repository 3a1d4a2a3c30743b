import type { FleetSettings } from "./options.ts";

// Halving once for each of many failures that have one reason would stop an egress, as TCP knows: it halves once per
// round trip.
const HALVING_PAUSE_MS = 5_000;

/** No egress gets slower than this part of its rate, or a fleet would not notice that it may go on. */
const SLOWEST = 1 / 50;

/** What floating point may lose of a token that is whole. */
const WHOLE = 1 - 1e-9;

/**
 * A token bucket for one way out. It is halved when somebody asks to slow down and recovers a little every moment
 * (additive increase, multiplicative decrease).
 */
export class Egress {
  readonly #settings: FleetSettings;
  #tokens: number;
  #rate: number;
  #atMs: number;
  #halvedAtMs = Number.NEGATIVE_INFINITY;

  constructor(settings: FleetSettings, nowMs: number) {
    this.#settings = settings;
    this.#tokens = settings.burst;
    this.#rate = settings.ratePerSecond;
    this.#atMs = nowMs;
  }

  /** Connects per second now. */
  ratePerSecond(nowMs: number): number {
    this.#refill(nowMs);
    return this.#rate;
  }

  tokens(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens;
  }

  /** Milliseconds until there is a token. Zero when there is one. */
  readyInMs(nowMs: number): number {
    this.#refill(nowMs);
    if (this.#tokens >= WHOLE) return 0;
    return Math.max(1, Math.ceil(((1 - this.#tokens) / this.#rate) * 1_000));
  }

  /** Takes a token, which must be there. */
  take(nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  slowDown(nowMs: number): void {
    this.#refill(nowMs);
    if (nowMs - this.#halvedAtMs < HALVING_PAUSE_MS) return;
    this.#halvedAtMs = nowMs;
    this.#rate = Math.max(this.#settings.ratePerSecond * SLOWEST, this.#rate / 2);
  }

  /** Whether it is as if it had never been used. */
  isFresh(nowMs: number): boolean {
    const { burst, ratePerSecond } = this.#settings;
    return this.tokens(nowMs) >= burst && this.#rate >= ratePerSecond;
  }

  // The rate only grows between two calls, so counting with the old one never gives a token too many.
  #refill(nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return;
    const { burst, ratePerSecond, recoverMs } = this.#settings;
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1_000) * this.#rate);
    this.#rate = Math.min(ratePerSecond, this.#rate + (elapsedMs / recoverMs) * ratePerSecond);
    this.#atMs = nowMs;
  }
}
