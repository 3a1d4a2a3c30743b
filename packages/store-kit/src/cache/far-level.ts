import type { Clock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { hasCode } from "@motte/core/errors";
import { StoreKitError } from "../errors.ts";
import type { Change, KV, Stored } from "../kv/kv.ts";
import { Breaker } from "./breaker.ts";

export interface FarLevelOptions {
  /** How long a call may take; `undefined` is as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** How long after a call that took longer none is made. */
  readonly retryAfterMs: number;
  readonly clock: Clock;
  /** Called when it answers again. */
  readonly onBack: () => void;
}

/** The second level was not asked, since it has not been answering. */
export class SkippedError extends StoreKitError {
  constructor() {
    super(
      "STORE_KIT_UNAVAILABLE",
      "The second level did not answer in time lately, and is not asked until it is tried again",
      { retryable: true },
    );
  }
}

/**
 * A second level that is waited for only so long, and after that not asked for a while.
 *
 * Whether it answers again is tried beside the calls, so none of them waits for that.
 */
export class FarLevel {
  readonly #kv: KV;
  readonly #options: FarLevelOptions;
  readonly #breaker: Breaker;

  constructor(kv: KV, options: FarLevelOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#breaker = new Breaker(options.retryAfterMs, options.clock);
  }

  /** False while it is not asked; it is tried when the time for that has come. */
  isAsked(): boolean {
    const what = this.#breaker.enter();
    if (what === "try") void this.#try();
    return what === "call";
  }

  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    return this.#call(() => this.#kv.getMany(keys));
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.#call(() => this.#kv.write(changes));
  }

  clear(): Promise<void> {
    return this.#call(() => this.#kv.clear());
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isAsked()) throw new SkippedError();
    return this.#inTime(work());
  }

  async #try(): Promise<void> {
    try {
      await this.#inTime(this.#kv.getMany([""]));
    } catch (error) {
      if (hasCode(error, "DEADLINE_EXCEEDED")) return;
      // It refuses, and so it answers: the calls will say what is wrong.
    }
    this.#breaker.close();
    this.#options.onBack();
  }

  // What was given up may still be made. By the contract of a KV it then comes before whatever is written after it.
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs, clock } = this.#options;
    if (timeoutMs === undefined) return work;
    try {
      return await withDeadline(work, { what: "The second level", ms: timeoutMs, clock });
    } catch (error) {
      if (hasCode(error, "DEADLINE_EXCEEDED")) this.#breaker.open();
      throw error;
    }
  }
}
