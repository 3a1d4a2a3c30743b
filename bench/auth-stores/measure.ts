import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { hasCode } from "@motte/core/errors";
import { systemClock } from "@motte/core/clock";
import { turns } from "../../packages/cli/src/bench/turns.ts";
import type { OpenStore } from "./keys.ts";
import type { Store } from "./stores.ts";
import type { Trace } from "./traces.ts";

/** The best round of a store: what other programs do at the same time only ever makes a round slower. */
export interface Measurement {
  /** At the median step. */
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the event loop was at its 99th percentile, in milliseconds. */
  readonly loopDelayP99Ms: number;
  readonly steps: number;
  /** The median step of every round, in order. */
  readonly roundsP50Ms: readonly number[];
}

type Round = Omit<Measurement, "roundsP50Ms">;

export interface Limits {
  readonly rounds: number;
  /** Rounds before these, which do not count. */
  readonly warmUps: number;
  /** How long a store has in a round, in milliseconds. */
  readonly budgetMs: number;
  readonly maxSteps: number;
}

/** An open store, and the number of its next step. */
interface Runner {
  readonly name: string;
  readonly open: OpenStore;
  turn: number;
  failed: boolean;
}

// Payloads are made ahead of a round, and all of its are in memory then.
const MOST_PAYLOADS = 8_000;
// Fewer say more about the machine's other work than about the store, and a step of many values is long enough.
const FEWEST_STEPS = 20;
const MANY_VALUES = 100;
const OPEN_FILES: readonly string[] = ["FSReqPromise", "CloseReq"];

/**
 * Runs traces on fresh stores, round by round, each round one store after the other and back again in the next:
 * whatever else the machine does meets all of them. Making the values is not measured.
 *
 * The traces follow each other on the same stores, which the first one has filled. A store that fails with EMFILE is
 * left out. Gives back, per trace, what was measured by the store's name.
 */
export async function measure(
  traces: readonly Trace[],
  stores: readonly Store[],
  folder: string,
  limits: Limits,
): Promise<Map<string, Measurement>[]> {
  const runners: Runner[] = [];
  const found: Map<string, Measurement>[] = [];
  try {
    for (const [index, store] of stores.entries()) {
      const open = await store.open(join(folder, String(index)), traces[0]?.sessions ?? 1);
      const runner: Runner = { name: store.name, open, turn: 1, failed: false };
      runners.push(runner);
      await guarded(runner, async () => traces[0]?.before?.(open.sessions));
    }
    for (const trace of traces) found.push(await measureTrace(trace, runners, folder, limits));
  } finally {
    for (const { open } of runners) await open[Symbol.asyncDispose]();
  }
  return found;
}

async function measureTrace(
  trace: Trace,
  runners: readonly Runner[],
  folder: string,
  { rounds, warmUps, budgetMs, maxSteps }: Limits,
): Promise<Map<string, Measurement>> {
  const most = Math.max(1, Math.min(maxSteps, Math.floor(MOST_PAYLOADS / trace.payloads)));
  const fewest = trace.payloads < MANY_VALUES ? Math.min(FEWEST_STEPS, most) : 1;
  const steps = new Map<string, number>();
  const best = new Map<string, Round>();
  const all = new Map<string, number[]>();
  for (const { side: runner, round } of turns(runners, { rounds, warmUps })) {
    const { name } = runner;
    await guarded(runner, async () => {
      settleDisk(folder);
      const found = await oneRound(trace, runner, steps.get(name) ?? fewest);
      if (round < 0) {
        steps.set(name, Math.ceil(Math.max(fewest, Math.min(most, budgetMs / found.p50Ms))));
        return;
      }
      all.set(name, [...(all.get(name) ?? []), found.p50Ms]);
      const before = best.get(name);
      if (before === undefined || found.p50Ms < before.p50Ms) best.set(name, found);
    });
    if (runner.failed) best.delete(name);
  }
  return new Map(
    [...best].map(([name, found]) => [name, { ...found, roundsP50Ms: all.get(name) ?? [] }]),
  );
}

async function oneRound(trace: Trace, runner: Runner, steps: number): Promise<Round> {
  const { sessions } = runner.open;
  const prepared = Array.from({ length: steps }, () => trace.prepare(runner.turn++, sessions));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await setImmediate();
  delay.enable();
  const tookMs: number[] = [];
  for (const step of prepared) {
    // A turn of the event loop between steps, as between two messages.
    await setImmediate();
    const startedMs = systemClock.monotonic();
    await step();
    tookMs.push(systemClock.monotonic() - startedMs);
  }
  await setImmediate();
  delay.disable();
  tookMs.sort((a, b) => a - b);
  const p50Ms = percentile(tookMs, 0.5);
  return {
    operationsPerSecond: (trace.operations * 1000) / p50Ms,
    p50Ms,
    p99Ms: percentile(tookMs, 0.99),
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    steps: tookMs.length,
  };
}

/** Baileys writes one file per record, all at once: twenty thousand are more than a process may have open. */
async function guarded(runner: Runner, work: () => Promise<void>): Promise<void> {
  if (runner.failed) return;
  try {
    await work();
  } catch (error) {
    if (!hasCode(error, "EMFILE")) throw error;
    runner.failed = true;
    // What it still has open must not be missing to the next store.
    while (process.getActiveResourcesInfo().some((each) => OPEN_FILES.includes(each))) {
      await systemClock.sleep(10);
    }
  }
}

// A flush waits for what others have left in the file system's journal. Nobody is to wait for another store's writes.
function settleDisk(folder: string): void {
  const descriptor = openSync(join(folder, "settled"), "w");
  writeSync(descriptor, "settled");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
