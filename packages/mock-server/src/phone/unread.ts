import type { Clock } from "@motte/core/clock";
import type { Incoming } from "./incoming.ts";

export interface UnreadParts {
  readonly clock: Clock;
  /** Counts what is being read as busy. */
  readonly during: (work: Promise<void>) => Promise<void>;
  /** False for what somebody waits for, or has to act on. */
  readonly mayWait: (incoming: Incoming) => boolean;
  /** Gives nothing when all is done at once, else resolves when it is. */
  readonly read: (incoming: Incoming) => Promise<void> | undefined;
  readonly onError: (error: unknown, incoming: Incoming) => void;
}

/** So much can wait. Beyond it the oldest is read whenever another one comes. */
const MAX_WAITING = 2000;
/** When nothing has come for so long, the rest is read too: then it is known what cannot be read. */
const QUIET_MS = 2000;
/** How much is read then in one go, and the pause before the next. */
const BATCH = 50;
const PAUSE_MS = 10;

/**
 * What has come for one device, in order. To decrypt a message costs more than to route it, and most tests look at
 * few of those that a phone gets, so it stays encrypted until somebody asks.
 */
export class Unread {
  readonly #parts: UnreadParts;
  readonly #waiting: Incoming[] = [];
  #reading = false;
  /** The end of what takes several steps to read. */
  #rest: Promise<void> | undefined;
  #timer: Disposable | undefined;
  /** Something came since the timer was set. */
  #disturbed = false;

  constructor(parts: UnreadParts) {
    this.#parts = parts;
  }

  /** Whether it waits until somebody asks. */
  add(incoming: Incoming): boolean {
    this.#waiting.push(incoming);
    if (!this.#mayWait(incoming)) {
      this.#readSoon(Infinity);
      return false;
    }
    if (this.#waiting.length > MAX_WAITING) this.#readSoon(1);
    this.#disturbed = true;
    if (this.#timer === undefined) this.#setTimer(QUIET_MS);
    return true;
  }

  /** Reads everything that can be read at once. What cannot, and what came after it, follows by itself. */
  catchUp(): void {
    if (this.#waiting.length > 0) this.#readSome(Infinity);
  }

  /** Resolves when everything is read that has come by then. */
  async caughtUp(): Promise<void> {
    this.catchUp();
    while (this.#reading) {
      // Without a rest, whoever reads at this moment is done by the next step.
      await (this.#rest ?? Promise.resolve());
      this.catchUp();
    }
  }

  /** Forgets what was not read. */
  clear(): void {
    this.#waiting.length = 0;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** After whoever brought it is done: a receipt must not overtake the copies for others. */
  #readSoon(count: number): void {
    void this.#parts.during(Promise.resolve().then(() => this.#readSome(count)));
  }

  /** One after the other: what a message does to a Signal session decides how the next one is read. */
  #readSome(count: number): void {
    // A listener that hears of a message may ask for all of them.
    if (this.#reading) return;
    this.#reading = true;
    for (let left = count; left > 0; left--) {
      const incoming = this.#waiting.shift();
      if (incoming === undefined) break;
      const rest = this.#read(incoming);
      if (rest === undefined) continue;
      this.#rest = this.#parts.during(rest.then(() => this.#goOn()));
      return;
    }
    this.#reading = false;
  }

  #goOn(): void {
    this.#reading = false;
    this.#rest = undefined;
    this.catchUp();
  }

  #read(incoming: Incoming): Promise<void> | undefined {
    const { read, onError } = this.#parts;
    try {
      return read(incoming)?.catch((error: unknown) => onError(error, incoming));
    } catch (error) {
      onError(error, incoming);
      return undefined;
    }
  }

  #mayWait(incoming: Incoming): boolean {
    try {
      return this.#parts.mayWait(incoming);
    } catch {
      // To read it fails in the same way, and what is to be done then is known there.
      return false;
    }
  }

  #setTimer(ms: number): void {
    this.#disturbed = false;
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#timer = undefined;
      if (this.#disturbed) return this.#setTimer(QUIET_MS);
      this.#readSome(BATCH);
      if (this.#waiting.length > 0) this.#setTimer(PAUSE_MS);
    });
  }
}
