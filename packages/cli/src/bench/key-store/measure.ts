import { setImmediate } from "node:timers/promises";
import { systemClock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import type { Figure } from "../figure.ts";
import { quantile, summarized } from "../statistics.ts";
import { turns } from "../turns.ts";
import { OPERATIONS, type Operation, fill } from "./operations.ts";
import { type Reference, ratioOf } from "./reference-ratio.ts";
import { BASE, type KeyStoreSide } from "./side.ts";

export interface MeasureOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** How long a store has for one operation in one round, in milliseconds. */
  readonly budgetMs: number;
  /** At least so many steps in a round, however long they take. */
  readonly fewestSteps: number;
  readonly signal: AbortSignal;
  readonly reference: Reference;
  /** Told after each turn of a store. */
  readonly onTurn?: (done: number, total: number) => void;
}

const WARM_UPS = 1;
const MOST_STEPS = 2_000;

/** Asks every store for every operation, in turns, and gives what each reaches, also beside the store of Baileys. */
export async function measureKeyStores(
  sides: readonly KeyStoreSide[],
  options: MeasureOptions,
): Promise<Figure[]> {
  const { rounds, signal, reference, onTurn } = options;
  for (const { keys } of sides) {
    signal.throwIfAborted();
    await fill(keys);
  }
  const figures: Figure[] = [];
  const total = OPERATIONS.length * sides.length * (rounds + WARM_UPS);
  let [turn, done] = [0, 0];
  for (const operation of OPERATIONS) {
    const rates = new Map<KeyStoreSide, number[]>(sides.map((side) => [side, []]));
    for (const { side, round } of turns(sides, { rounds, warmUps: WARM_UPS })) {
      const found = await guarded(() => oneRound(operation, side, turn, options));
      if (found === undefined) rates.delete(side);
      else if (round >= 0) rates.get(side)?.push(found.perSecond);
      turn += found?.steps ?? 0;
      onTurn?.(++done, total);
    }
    figures.push(...figuresOf(operation, rates, reference));
  }
  return figures;
}

async function oneRound(
  operation: Operation,
  { keys }: KeyStoreSide,
  firstTurn: number,
  { budgetMs, fewestSteps, signal }: MeasureOptions,
): Promise<{ readonly perSecond: number; readonly steps: number }> {
  const tookMs: number[] = [];
  const untilMs = systemClock.monotonic() + budgetMs;
  const isEnough = (): boolean =>
    tookMs.length >= MOST_STEPS ||
    (tookMs.length >= fewestSteps && systemClock.monotonic() > untilMs);
  while (!isEnough()) {
    signal.throwIfAborted();
    const step = operation.prepare(firstTurn + tookMs.length, keys);
    // A turn of the event loop between steps, as between two messages.
    await setImmediate();
    const startedMs = systemClock.monotonic();
    await step();
    tookMs.push(systemClock.monotonic() - startedMs);
  }
  return { perSecond: 1_000 / quantile(tookMs, 0.5), steps: tookMs.length };
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

function figuresOf(
  { name: group }: Operation,
  rates: ReadonlyMap<KeyStoreSide, readonly number[]>,
  reference: Reference,
): Figure[] {
  const base = [...rates].find(([{ name }]) => name === BASE)?.[1];
  return [...rates].flatMap(([{ name, kind, survives }, perSecond]): Figure[] => {
    const role = name === BASE ? "other" : "ours";
    const common = { group, name, better: "more", role, note: `survives ${survives}` } as const;
    const rate = summarized(perSecond);
    const absolute: Figure = {
      ...common,
      kind: "measure",
      unit: "/s",
      value: rate.median,
      spread: rate.spread,
      rounds: rate.rounds,
    };
    if (base === undefined || name === BASE) return [absolute];
    // Round by round: what slows down a round slows down both.
    const ratio = summarized(perSecond.map((each, round) => each / (base[round] ?? Number.NaN)));
    const known = ratioOf(reference, kind, group);
    return [
      {
        ...common,
        kind: "ratio",
        unit: "x",
        value: ratio.median,
        spread: ratio.spread,
        rounds: ratio.rounds,
        ...(known === undefined ? {} : { reference: known }),
      },
      absolute,
    ];
  });
}
