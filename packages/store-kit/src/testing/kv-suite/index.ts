import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import { entries } from "./entries.ts";
import { expiry } from "./expiry.ts";
import { failure } from "./failure.ts";
import { lifecycle } from "./lifecycle.ts";
import { namespaces } from "./namespaces.ts";
import type { KVPlace, KVSuiteChecks, KVSuiteRunner, KVSuiteTarget, WithKV } from "./runner.ts";
import { sharing } from "./sharing.ts";

/**
 * Registers the tests that every `KV` must pass.
 *
 * Each test gets a fresh place. The runner is handed in, so the suite depends on none.
 *
 * @example
 * kvSuite({ test, deepEqual: (actual, expected) => expect(actual).toEqual(expected) }, { createPlace });
 */
export function kvSuite(runner: KVSuiteRunner, target: KVSuiteTarget): void {
  const checks: KVSuiteChecks = {
    ...runner,
    rejectsWith: async (work, code) => {
      const outcome = await work.then(
        () => "resolved",
        (error: unknown) => (hasCode(error, code) ? code : String(error)),
      );
      runner.deepEqual(outcome, code);
    },
  };
  const groups = [entries, expiry, namespaces, sharing, lifecycle];
  for (const group of groups) group(checks, onFresh(target.createPlace));
  if (target.createBreakablePlace !== undefined) {
    failure(checks, onFresh(target.createBreakablePlace));
  }
}

// Not 0: a backend may not take a small number for a short life.
const START_MS = Date.UTC(2026, 0, 1);

function onFresh<Place extends KVPlace>(createPlace: () => Promise<Place>): WithKV<Place> {
  return (body) => async () => {
    await using place = await createPlace();
    const clock = new ManualClock(START_MS);
    const kv = await place.open(clock);
    try {
      await body(kv, clock, place);
    } finally {
      await kv.close();
    }
  };
}
