import { systemClock } from "@motte/core/clock";
import { setImmediate } from "node:timers/promises";
import { hours, readThrough } from "@motte/store-kit";
import type { Figure } from "./figure.ts";

const CALLERS = 10_000;

/** Ten thousand at once ask for what is not there. */
export async function stampede(): Promise<readonly Figure[]> {
  let loads = 0;
  const cache = readThrough<string>({
    load: async () => {
      loads++;
      await setImmediate();
      return "value";
    },
    ttl: hours(1),
  });
  const start = systemClock.monotonic();
  await Promise.all(Array.from({ length: CALLERS }, () => cache.get("key")));
  const tookMs = systemClock.monotonic() - start;
  const beside = [{ name: "until all have it", value: tookMs, unit: "ms" }];
  return [
    {
      what: "loads for 10,000 concurrent misses of one key",
      measured: loads,
      unit: "loads",
      goal: 1,
      beside,
    },
  ];
}
