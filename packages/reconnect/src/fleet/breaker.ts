import type { FleetSettings } from "./options.ts";

interface OpenSince {
  readonly sinceMs: number;
  readonly probeMs: number;
  readonly nextProbeMs: number;
}

/**
 * Whether a trouble is everybody's. While it is, one account at a time tries whether it is over, and the others wait.
 *
 * It closes only when such a canary opens: that is the one answer which nobody can have had before the trouble began.
 */
export class Breaker {
  readonly #settings: FleetSettings["breaker"];
  readonly #hits = new Map<string, number>();
  #open: OpenSince | undefined;
  #canary: number | undefined;

  constructor(settings: FleetSettings["breaker"]) {
    this.#settings = settings;
  }

  /** When it opened, or `undefined` while it is closed. */
  get openSinceMs(): number | undefined {
    return this.#open?.sinceMs;
  }

  get hasCanary(): boolean {
    return this.#canary !== undefined;
  }

  /** Whether nothing is to be remembered. */
  isIdle(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#open === undefined && this.#hits.size === 0;
  }

  /** An account has the trouble; `accounts` says how many there are in all. */
  hit(id: string, accounts: number, nowMs: number): void {
    if (this.#open !== undefined) return;
    this.#forget(nowMs);
    this.#hits.set(id, nowMs);
    const { accounts: most, share, probeMs } = this.#settings;
    const limit = Math.max(Math.min(2, most), Math.min(most, Math.ceil(share * accounts)));
    if (this.#hits.size < limit) return;
    this.#hits.clear();
    this.#open = { sinceMs: nowMs, probeMs, nextProbeMs: nowMs + probeMs };
  }

  /** Milliseconds until an account may connect: zero while closed, infinite while a canary is under way. */
  readyInMs(nowMs: number): number {
    if (this.#open === undefined) return 0;
    if (this.#canary !== undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#open.nextProbeMs - nowMs);
  }

  /** An account connects. While the breaker is open it is the canary. */
  granted(ticket: number): void {
    if (this.#open !== undefined) this.#canary = ticket;
  }

  /** A connect has come to its end. Only what became of the canary counts. */
  released(ticket: number, came: "opened" | "hit" | "other", nowMs: number): void {
    if (this.#open === undefined || this.#canary !== ticket) return;
    this.#canary = undefined;
    if (came === "opened") {
      this.#open = undefined;
      return;
    }
    // Another end than the trouble says nothing about it, so the next may try at once.
    if (came === "other") return;
    const probeMs = Math.min(this.#open.probeMs * 2, this.#settings.maxProbeMs);
    this.#open = { ...this.#open, probeMs, nextProbeMs: nowMs + probeMs };
  }

  #forget(nowMs: number): void {
    for (const [id, atMs] of this.#hits) {
      if (nowMs - atMs >= this.#settings.windowMs) this.#hits.delete(id);
    }
  }
}
