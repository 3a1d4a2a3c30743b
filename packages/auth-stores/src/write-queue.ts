import { MotteError, hasCode } from "@motte/core/errors";
import type { WriteOp } from "./backend.ts";

/** One caller's change. */
export interface Change {
  readonly ops: readonly WriteOp[];
  /** Drop every record first. */
  readonly clear?: "keys";
  /** Store the creds, too. */
  readonly creds?: boolean;
}

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers changes into groups, one commit per group and one group at a time.
 *
 * Everything handed over in one turn of the event loop, or while a commit runs, shares the next commit: Baileys
 * splits one `set` of several families into several calls (auth-utils.js), and a durable commit costs a disk
 * flush no matter how much it holds. Order is kept.
 */
export class WriteQueue {
  readonly #commit: (changes: readonly Change[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #running = false;
  readonly #unsettled = new Set<Promise<void>>();

  constructor(commit: (changes: readonly Change[]) => Promise<void>) {
    this.#commit = commit;
  }

  /** Settles when the change is durable, or with the reason why it is not. */
  add(change: Change): Promise<void> {
    const outcome = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => void this.#run());
    });
    this.#unsettled.add(outcome);
    const forget = (): void => void this.#unsettled.delete(outcome);
    outcome.then(forget, forget);
    return outcome;
  }

  /** Settles once every change handed over so far has; rejects when one of them could not be stored. */
  async drain(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#unsettled);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#settle(group);
    }
    this.#running = false;
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#commit(group.map(({ change }) => change));
    } catch (error) {
      if (group.length === 1 || !mayBeOneChangesFault(error)) {
        for (const { reject } of group) reject(error);
        return;
      }
      // One change that cannot be stored must not take its neighbours with it.
      for (const waiting of group) await this.#settle([waiting]);
      return;
    }
    for (const { resolve } of group) resolve();
  }
}

function mayBeOneChangesFault(error: unknown): boolean {
  const concernsAll = hasCode(error, "AUTH_STORE_FENCED") || hasCode(error, "AUTH_STORE_CLOSED");
  return !concernsAll && !(error instanceof MotteError && error.retryable);
}
