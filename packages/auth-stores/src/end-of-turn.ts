/**
 * Runs work once what is under way has been handed over, so that it can be done in one go.
 *
 * The first time in a turn of the event loop, that is when every promise that could go on has gone on; waiting for
 * more would only make a single caller slower. Work that follows in the same turn waits for the turn to end: it
 * gathers what other sockets hand over meanwhile, and leaves the event loop time for them.
 */
export class EndOfTurn {
  #taken = false;

  /** `work` runs later, never within this call. */
  run(work: () => void): void {
    if (this.#taken) {
      setImmediate(work);
      return;
    }
    this.#taken = true;
    setImmediate(() => {
      this.#taken = false;
    });
    // Called while a promise goes on, as nearly always, this runs once all of them have.
    process.nextTick(work);
  }
}
