// What we want of ourselves, beside what was measured. A goal that is missed is printed, not hidden.
import type { Growth } from "./growth.ts";
import type { Measurement } from "./measure.ts";
import {
  FLUSHED_LOG,
  MULTI_FILE,
  RAW,
  RAW_FLUSHED,
  RAW_JSON,
  RAW_REDIS,
  RAW_REDIS_JSON,
} from "./stores.ts";

/** Trace, then store. A store that could not do a trace is missing. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Measurement>>;

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  /** What a store that does only that much of the work reaches in the same run. */
  readonly limit?: string;
  readonly met: boolean;
  /** The same as numbers. */
  readonly value: number;
  readonly bound: number;
  readonly unit: string;
  readonly better: "more" | "less";
}

const MANY_RECEIVE = "64 sessions receive";
const MOST_LATE_MS = 10;
const MOST_GROWTH = 2;

export function checkGoals(results: Results, growth: readonly Growth[]): Goal[] {
  const rate = (trace: string, store: string): number =>
    results.get(trace)?.get(store)?.operationsPerSecond ?? Number.NaN;
  const times = (trace: string, store: string, than: string): number =>
    rate(trace, store) / rate(trace, than);
  const atLeast = (
    trace: string,
    store: string,
    than: string,
    least: number,
    limit?: string,
  ): Goal => {
    const ratio = times(trace, store, than);
    return {
      goal: `${trace}: ${store} at least ${least}x ${than}`,
      measured: `${ratio.toFixed(2)}x`,
      ...(limit !== undefined && {
        limit: `${limit} ${times(trace, limit, than).toFixed(2)}x`,
      }),
      met: ratio >= least,
      value: ratio,
      bound: least,
      unit: "x",
      better: "more",
    };
  };
  const lateMs = (store: string): number =>
    results.get(MANY_RECEIVE)?.get(store)?.loopDelayP99Ms ?? Number.NaN;
  const notLate = (store: string): Goal => ({
    goal: `${MANY_RECEIVE}: event loop at most ${MOST_LATE_MS} ms late at p99 (${store})`,
    measured: `${lateMs(store).toFixed(1)} ms`,
    limit: `${RAW_JSON} ${lateMs(RAW_JSON).toFixed(1)} ms, Map ${lateMs("Map").toFixed(1)} ms`,
    met: lateMs(store) <= MOST_LATE_MS,
    value: lateMs(store),
    bound: MOST_LATE_MS,
    unit: "ms",
    better: "less",
  });
  return [
    atLeast("single set", "SQLite process", MULTI_FILE, 5),
    atLeast("single get", "SQLite process", MULTI_FILE, 10),
    atLeast("pair(812)", "SQLite process", MULTI_FILE, 8),
    atLeast("256-id get", "SQLite process", MULTI_FILE, 3),
    atLeast("single set", "SQLite commit", MULTI_FILE, 1, RAW_FLUSHED),
    atLeast("64 writers", "SQLite commit", MULTI_FILE, 5, RAW_JSON),
    atLeast("single set", "SQLite process", RAW, 0.6, RAW_JSON),
    atLeast("64 writers", "SQLite process", RAW, 0.6, RAW_JSON),
    atLeast("send-group-steady", "SQLite process", RAW, 0.6, RAW_JSON),
    atLeast("single set", "file commit", MULTI_FILE, 1, FLUSHED_LOG),
    atLeast("single get", "file commit", MULTI_FILE, 1),
    atLeast("pair(812)", "file commit", MULTI_FILE, 1),
    atLeast("256-id get", "file commit", MULTI_FILE, 1),
    atLeast("64 writers", "file commit", MULTI_FILE, 1),
    atLeast("64 writers", "Redis process", RAW_REDIS, 0.7, RAW_REDIS_JSON),
    // A quick run leaves it out.
    ...(results.has(MANY_RECEIVE)
      ? [notLate("SQLite process"), notLate("SQLite process, threaded")]
      : []),
    ...flat(growth),
  ];
}

function flat(growth: readonly Growth[]): Goal[] {
  const [small, large] = [growth[0], growth.at(-1)];
  if (small === undefined || large === undefined) return [];
  return (["setP50Ms", "getP50Ms"] as const).map((what) => {
    const ratio = large[what] / small[what];
    const rawRatio = large.rawGetP50Ms / small.rawGetP50Ms;
    return {
      goal: `${what === "setP50Ms" ? "set" : "get"}: with ${large.records} records at most twice the cost with ${small.records}`,
      measured: `${ratio.toFixed(2)}x`,
      ...(what === "getP50Ms" && { limit: `raw statement ${rawRatio.toFixed(2)}x` }),
      met: ratio <= MOST_GROWTH,
      value: ratio,
      bound: MOST_GROWTH,
      unit: "x",
      better: "less",
    };
  });
}
