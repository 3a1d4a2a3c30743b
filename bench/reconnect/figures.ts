import type { Loop } from "./loops/loop.ts";
import { type Run, play } from "./play.ts";
import type { Script } from "./scripts/script.ts";

/** What a loop made of a script, over all its runs. */
export interface Figures {
  readonly loop: string;
  readonly of: string;
  readonly script: string;
  readonly runs: number;
  /** Connection attempts of all bots, in the run that had most. */
  readonly attempts: number;
  /** The same of one bot in its busiest hour, and of all in the busiest second. */
  readonly mostInAnHour: number;
  readonly mostInASecond: number;
  /** Accounts in all runs, and those among them whose credentials were deleted while they were good. */
  readonly accounts: number;
  readonly lost: number;
  /** Until connected again, from when that was possible. `null` is never. Left out where it never was possible. */
  readonly recovery?: {
    readonly medianMs: number | null;
    readonly p99Ms: number | null;
    readonly never: number;
  };
}

/** Plays every run of a script. Simulated time only: the same on every machine. */
export async function figuresOf(loop: Loop, script: Script): Promise<Figures> {
  const runs: Run[] = [];
  for (let seed = 0; seed < script.runs; seed++) runs.push(await play(loop, script, seed));
  const recoveriesMs = runs.flatMap((run) => run.recoveriesMs).toSorted((a, b) => a - b);
  const figures: Figures = {
    loop: loop.name,
    of: loop.of,
    script: script.name,
    runs: runs.length,
    attempts: Math.max(...runs.map(({ attempts }) => attempts)),
    mostInAnHour: Math.max(...runs.map(({ mostInAnHour }) => mostInAnHour)),
    mostInASecond: Math.max(...runs.map(({ mostInASecond }) => mostInASecond)),
    accounts: runs.length * (script.accounts ?? 1),
    lost: runs.reduce((sum, { lost }) => sum + lost, 0),
  };
  if (recoveriesMs.length === 0) return figures;
  return {
    ...figures,
    recovery: {
      medianMs: rank(recoveriesMs, 0.5),
      p99Ms: rank(recoveriesMs, 0.99),
      never: recoveriesMs.filter((ms) => ms === Infinity).length,
    },
  };
}

/** The smallest of these times, which ascend, that so large a part of them does not exceed. */
function rank(sorted: readonly number[], part: number): number | null {
  const ms = sorted[Math.ceil(part * sorted.length) - 1] ?? Infinity;
  return ms === Infinity ? null : Math.round(ms);
}
