import { systemClock } from "@motte/core/clock";

/** One line of the result. */
export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  /** At most so much. */
  readonly goal?: number;
  /** What it was measured from, and other ways to do the same work. */
  readonly beside?: readonly Beside[];
}

interface Beside {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** The best of some rounds of each kind of work, taken in turn so that whatever else happens meets all of them. */
export async function bestOf<Name extends string>(
  rounds: number,
  works: Readonly<Record<Name, () => void | Promise<void>>>,
): Promise<Record<Name, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries<() => void | Promise<void>>(works)) {
      const start = systemClock.monotonic();
      await work();
      const tookMs = systemClock.monotonic() - start;
      best.set(name, Math.min(best.get(name) ?? Infinity, tookMs));
    }
  }
  // Every name was measured.
  return Object.fromEntries(best) as Record<Name, number>;
}

/** The longest time in milliseconds that the event loop did nothing else while `work` ran, and how long it took. */
export async function longestBlock(
  work: () => Promise<void>,
): Promise<{ readonly blockMs: number; readonly tookMs: number }> {
  let blockMs = 0;
  let last = systemClock.monotonic();
  let isOver = false;
  const look = (): void => {
    const now = systemClock.monotonic();
    blockMs = Math.max(blockMs, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  const start = systemClock.monotonic();
  await work();
  const tookMs = systemClock.monotonic() - start;
  isOver = true;
  look();
  return { blockMs, tookMs };
}
