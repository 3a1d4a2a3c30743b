import { MotteError, hasCode } from "@motte/core/errors";
import type { WriteOp } from "./backend.ts";
import { EndOfTurn } from "./end-of-turn.ts";

/** One caller's change. */
export interface Change {
  /** Of different records. */
  readonly ops: readonly WriteOp[];
  /** Drop every record first. */
  readonly clear?: "keys";
  /** Store the creds, too. */
  readonly creds?: boolean;
}

/** A change that has been handed over, and what became of it. */
class Waiting {
  readonly change: Change;
  readonly outcome: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor(change: Change) {
    this.change = change;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/**
 * Gathers changes into groups, one commit per group and one group at a time.
 *
 * Everything handed over before the turn of the event loop ends, or while a commit runs, shares the next commit:
 * Baileys splits one `set` of several families into several calls (auth-utils.js), and a durable commit costs a disk
 * flush no matter how much it holds. Order is kept.
 */
export class WriteQueue {
  readonly #commit: (changes: readonly Change[]) => Promise<void>;
  readonly #endOfTurn = new EndOfTurn();
  #waiting: Waiting[] = [];
  #running = false;
  readonly #unsettled = new Set<Waiting>();

  constructor(commit: (changes: readonly Change[]) => Promise<void>) {
    this.#commit = commit;
  }

  /** Settles when the change is durable, or with the reason why it is not. */
  add(change: Change): Promise<void> {
    const waiting = new Waiting(change);
    this.#waiting.push(waiting);
    this.#unsettled.add(waiting);
    if (!this.#running) {
      this.#running = true;
      this.#endOfTurn.run(() => void this.#run());
    }
    return waiting.outcome;
  }

  /** Settles once every change handed over so far has; rejects when one of them could not be stored. */
  async drain(): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#unsettled].map(({ outcome }) => outcome));
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
        for (const waiting of group) {
          this.#unsettled.delete(waiting);
          waiting.reject(error);
        }
        return;
      }
      // One change that cannot be stored must not take its neighbours with it.
      for (const waiting of group) await this.#settle([waiting]);
      return;
    }
    for (const waiting of group) {
      this.#unsettled.delete(waiting);
      waiting.resolve();
    }
  }
}

function mayBeOneChangesFault(error: unknown): boolean {
  const concernsAll = hasCode(error, "AUTH_STORE_FENCED") || hasCode(error, "AUTH_STORE_CLOSED");
  return !concernsAll && !(error instanceof MotteError && error.retryable);
}
