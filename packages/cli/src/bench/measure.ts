import { setImmediate } from "node:timers/promises";
import { systemClock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import type { Figure } from "./figure.ts";
import { type Reference, ratioOf } from "./reference.ts";
import type { Operation, Side } from "./side.ts";
import { quantile, summarized } from "./statistics.ts";
import { turns } from "./turns.ts";

export interface MeasureOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** Rounds before those. @defaultValue 1 */
  readonly warmUps?: number;
  /** How long a side has for one operation in one round, in milliseconds. */
  readonly budgetMs: number;
  /** At least so many steps in a round, however long they take. */
  readonly fewestSteps: number;
  /** After so many milliseconds an operation gets no further round, once one has counted. @defaultValue no bound */
  readonly mostMs?: number;
  readonly signal: AbortSignal;
  readonly reference: Reference;
  /** Told after each turn of a side. */
  readonly onTurn?: (done: number, total: number) => void;
}

const MOST_STEPS = 2_000;
const SCALE = { "/s": 1, "M/s": 1e6 } as const;

/** Asks every side for every operation, in turns, and gives what each reaches, also beside the side called `base`. */
export async function measured<S extends Side>(
  operations: readonly Operation<S>[],
  sides: readonly S[],
  base: string,
  options: MeasureOptions,
): Promise<Figure[]> {
  const { rounds, warmUps = 1, mostMs = Infinity, onTurn } = options;
  const figures: Figure[] = [];
  const total = operations.length * sides.length * (rounds + warmUps);
  let [turn, done] = [0, 0];
  onTurn?.(done, total);
  for (const operation of operations) {
    const rates = new Map<S, number[]>(sides.map((side) => [side, []]));
    const untilMs = systemClock.monotonic() + mostMs;
    let lastRound = -warmUps;
    for (const { side, round } of turns(sides, { rounds, warmUps })) {
      if (round > lastRound && round > 0 && systemClock.monotonic() > untilMs) break;
      lastRound = round;
      const found = await guarded(() => oneTurn(operation, side, turn, options));
      if (found === undefined) rates.delete(side);
      else if (round >= 0) rates.get(side)?.push(found.rate);
      turn += found?.steps ?? 0;
      onTurn?.(++done, total);
    }
    figures.push(...figuresOf(operation, rates, base, options.reference));
  }
  return figures;
}

async function oneTurn<S extends Side>(
  operation: Operation<S>,
  side: S,
  firstTurn: number,
  { budgetMs, fewestSteps, signal }: MeasureOptions,
): Promise<{ readonly rate: number; readonly steps: number }> {
  const { count = 1, unit = "/s" } = operation;
  const tookMs: number[] = [];
  await operation.begin?.(side);
  const untilMs = systemClock.monotonic() + budgetMs;
  const isEnough = (): boolean =>
    tookMs.length >= MOST_STEPS ||
    (tookMs.length >= fewestSteps && systemClock.monotonic() > untilMs);
  while (!isEnough()) {
    signal.throwIfAborted();
    const step = await operation.prepare(firstTurn + tookMs.length, side);
    try {
      // A turn of the event loop between steps, as between two messages.
      await setImmediate();
      const startedMs = systemClock.monotonic();
      await step();
      tookMs.push(systemClock.monotonic() - startedMs);
    } finally {
      await operation.after?.(side);
    }
  }
  return {
    rate: (count * 1_000) / quantile(tookMs, 0.5) / SCALE[unit],
    steps: tookMs.length,
  };
}

/** Baileys' store opens a file for each record, all at once, which may be more than a process may have. */
async function guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, "EMFILE")) return undefined;
    throw error;
  }
}

function figuresOf<S extends Side>(
  { name: group, kind: operation = group, unit = "/s" }: Operation<S>,
  rates: ReadonlyMap<S, readonly number[]>,
  baseName: string,
  reference: Reference,
): Figure[] {
  const base = [...rates].find(([{ name }]) => name === baseName)?.[1];
  return [...rates].flatMap(([{ name, role, kind, note }, all]): Figure[] => {
    const noted = note === undefined ? {} : { note };
    const common = { group, name, better: "more", role, ...noted } as const;
    const rate = summarized(all);
    const absolute: Figure = {
      ...common,
      kind: "measure",
      unit,
      value: rate.median,
      spread: rate.spread,
      rounds: rate.rounds,
    };
    if (base === undefined || name === baseName) return [absolute];
    // Round by round: what slows down a round slows down both.
    const ratio = summarized(all.map((each, round) => each / (base[round] ?? Number.NaN)));
    const known = kind === undefined ? undefined : ratioOf(reference, kind, operation);
    return [
      {
        ...common,
        kind: "ratio",
        unit: "x",
        value: ratio.median,
        spread: ratio.spread,
        rounds: ratio.rounds,
        ...(known === undefined ? {} : { reference: known }),
        ...(kind === undefined ? {} : { referenceOf: [kind, operation] as const }),
      },
      absolute,
    ];
  });
}
