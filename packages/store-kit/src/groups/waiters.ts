/** One who waits for a group, and must not be given what was true before the last word about it. */
export interface Waiter {
  overtaken: boolean;
}

/** Everybody who waits for a group. */
export class Waiters {
  readonly #byGroup = new Map<string, Set<Waiter>>();

  add(jid: string): Waiter {
    const waiter = { overtaken: false };
    const waiters = this.#byGroup.get(jid) ?? new Set();
    this.#byGroup.set(jid, waiters.add(waiter));
    return waiter;
  }

  leave(jid: string, waiter: Waiter): void {
    const waiters = this.#byGroup.get(jid);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#byGroup.delete(jid);
  }

  /** There is news of a group, or of all. */
  overtake(jid?: string): void {
    const groups = jid === undefined ? [...this.#byGroup.keys()] : [jid];
    for (const group of groups) {
      for (const waiter of this.#byGroup.get(group) ?? []) waiter.overtaken = true;
    }
  }
}
