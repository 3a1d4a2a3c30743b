import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { systemClock } from "@motte/core/clock";
import type { Store } from "./stores.ts";
import type { Trace } from "./traces.ts";

export interface Measurement {
  /** At the median step: a step that another program held up does not count. */
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the event loop was at its 99th percentile, in milliseconds. */
  readonly loopDelayP99Ms: number;
  readonly steps: number;
}

export interface Limits {
  /** How long to go on, in milliseconds of measured time. */
  readonly budgetMs: number;
  readonly minSteps: number;
  readonly maxSteps: number;
}

/** Runs one trace on a fresh store. Making the values is not measured; a tenth of the budget warms up. */
export async function measure(
  trace: Trace,
  store: Store,
  folder: string,
  { budgetMs, minSteps, maxSteps }: Limits,
): Promise<Measurement> {
  await using open = await store.open(folder, trace.sessions);
  await trace.before?.(open.sessions);
  let turn = 1;
  const run = async (untilMs: number, least: number): Promise<number[]> => {
    const tookMs: number[] = [];
    for (let spentMs = 0; spentMs < untilMs || tookMs.length < least; turn++) {
      if (tookMs.length >= maxSteps) break;
      const step = trace.prepare(turn, open.sessions);
      // A turn of the event loop between steps, for its delay to be seen.
      await setImmediate();
      const startedMs = systemClock.monotonic();
      await step();
      const ms = systemClock.monotonic() - startedMs;
      tookMs.push(ms);
      spentMs += ms;
    }
    return tookMs;
  };
  if (trace.heavy !== true) await run(budgetMs / 10, 1);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const tookMs = (await run(budgetMs, minSteps)).toSorted((a, b) => a - b);
  delay.disable();
  const p50Ms = percentile(tookMs, 0.5);
  return {
    operationsPerSecond: (trace.operations * 1000) / p50Ms,
    p50Ms,
    p99Ms: percentile(tookMs, 0.99),
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    steps: tookMs.length,
  };
}

/** The middle one by rate: one round on a busy machine proves nothing. */
export function middle(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((a, b) => a.operationsPerSecond - b.operationsPerSecond);
  const found = sorted[Math.floor(sorted.length / 2)];
  if (found === undefined) throw new RangeError("nothing was measured");
  return found;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
