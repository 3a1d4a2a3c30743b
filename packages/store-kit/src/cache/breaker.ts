import type { Clock } from "@motte/core/clock";

/**
 * Keeps callers from what did not answer in time, until it is tried again.
 *
 * Only silence opens it: what fails at once keeps nobody waiting.
 */
export class Breaker {
  readonly #retryAfterMs: number;
  readonly #clock: Pick<Clock, "monotonic">;
  #closedFromMs: number | undefined;
  #isTried = false;

  constructor(retryAfterMs: number, clock: Pick<Clock, "monotonic">) {
    this.#retryAfterMs = retryAfterMs;
    this.#clock = clock;
  }

  /** What somebody who comes now should do: call, not call, or be the one who tries whether it answers again. */
  enter(): "call" | "skip" | "try" {
    if (this.#closedFromMs === undefined) return "call";
    if (this.#isTried || this.#clock.monotonic() < this.#closedFromMs) return "skip";
    this.#isTried = true;
    return "try";
  }

  /** It did not answer in time. */
  open(): void {
    this.#closedFromMs = this.#clock.monotonic() + this.#retryAfterMs;
    this.#isTried = false;
  }

  /** It answers. */
  close(): void {
    this.#closedFromMs = undefined;
    this.#isTried = false;
  }
}
