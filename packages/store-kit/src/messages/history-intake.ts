import { setImmediate } from "node:timers/promises";
import type { Clock } from "@motte/core/clock";

/** How far the writing of history has come. */
export interface HistoryProgress {
  /** Messages looked at. */
  readonly done: number;
  readonly total: number;
}

export interface HistoryOptions {
  /** Hears after each step of a few milliseconds. */
  readonly onProgress?: (progress: HistoryProgress) => void;
  /** Stops between two steps; what is written stays. */
  readonly signal?: AbortSignal;
}

const FIRST_STEP = 16;
const LONGEST_STEP = 1024;
const STEP_MS = 8;

/** How much is done at once: what takes some milliseconds, as the last steps let expect. */
export class Pace {
  /** What to wait for before the next step, if anything. */
  readonly room: () => Promise<void> | undefined;
  #size = FIRST_STEP;

  constructor(room: () => Promise<void> | undefined = () => undefined) {
    this.room = room;
  }

  get size(): number {
    return this.#size;
  }

  note(count: number, tookMs: number): void {
    // The end of a list says little: most of what a short step costs would be there without a single row.
    if (count < this.#size && tookMs < STEP_MS) return;
    const fitting = tookMs > 0 ? (count * STEP_MS) / tookMs : LONGEST_STEP;
    // Never much shorter at once: now and then SQLite moves its log into the file, which says nothing about the rows,
    // and each short step writes pages again that a longer one would have written once.
    const least = Math.max(1, Math.floor(this.#size / 2));
    this.#size = Math.max(least, Math.min(Math.floor(fitting), this.#size * 2, LONGEST_STEP));
  }
}

/**
 * Hands a history over in steps, each short enough that live messages and everything else come in between. Whoever
 * hands over several keeps the pace, which each new one would have to find anew.
 */
export async function inSteps<T>(
  messages: readonly T[],
  clock: Pick<Clock, "monotonic">,
  write: (step: readonly T[]) => void | Promise<void>,
  { onProgress, signal }: HistoryOptions,
  pace: Pace = new Pace(),
): Promise<void> {
  for (let done = 0; done < messages.length;) {
    signal?.throwIfAborted();
    const step = messages.slice(done, done + pace.size);
    const start = clock.monotonic();
    await write(step);
    pace.note(step.length, clock.monotonic() - start);
    done += step.length;
    onProgress?.({ done, total: messages.length });
    await setImmediate();
    await pace.room();
  }
}
