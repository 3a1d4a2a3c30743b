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
const STEP_MS = 10;

/**
 * Hands a history over in steps, each short enough that live messages and everything else come in between. A step
 * is as long as the last ones let expect to take some milliseconds.
 */
export async function inSteps<T>(
  messages: readonly T[],
  clock: Pick<Clock, "monotonic">,
  write: (step: readonly T[]) => void | Promise<void>,
  { onProgress, signal }: HistoryOptions,
): Promise<void> {
  let size = FIRST_STEP;
  for (let done = 0; done < messages.length;) {
    signal?.throwIfAborted();
    const step = messages.slice(done, done + size);
    const start = clock.monotonic();
    await write(step);
    const tookMs = clock.monotonic() - start;
    done += step.length;
    onProgress?.({ done, total: messages.length });
    const fitting = tookMs > 0 ? (step.length * STEP_MS) / tookMs : LONGEST_STEP;
    // Never much shorter at once: now and then SQLite moves its log into the file, which says nothing about the rows,
    // and each short step writes pages again that a longer one would have written once.
    const least = Math.max(1, Math.floor(size / 2));
    size = Math.max(least, Math.min(Math.floor(fitting), size * 2, LONGEST_STEP));
    await setImmediate();
  }
}
