import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import { atomicity } from "./atomicity.ts";
import { failure } from "./failure.ts";
import { idempotency } from "./idempotency.ts";
import { linearity } from "./linearity.ts";
import { lifecycle } from "./lifecycle.ts";
import { metadata } from "./metadata.ts";
import { overlap } from "./overlap.ts";
import { ownership } from "./ownership.ts";
import { records } from "./records.ts";
import { sessions } from "./sessions.ts";
import type {
  ConformanceChecks,
  ConformancePlace,
  ConformanceRunner,
  ConformanceTarget,
  WithBackend,
} from "./runner.ts";

export type {
  BreakablePlace,
  ConformancePlace,
  ConformanceRunner,
  ConformanceTarget,
} from "./runner.ts";

/**
 * Registers the tests that every `AuthBackend` must pass.
 *
 * Each test gets a fresh place. The runner is handed in, so the suite depends on none.
 *
 * @example
 * testBackend({ test, deepEqual: (actual, expected) => expect(actual).toEqual(expected) }, { createPlace });
 */
export function testBackend(runner: ConformanceRunner, target: ConformanceTarget): void {
  const checks: ConformanceChecks = {
    ...runner,
    rejectsWith: async (work, code) => {
      const outcome = await work.then(
        () => "resolved",
        (error: unknown) => (hasCode(error, code) ? code : String(error)),
      );
      runner.deepEqual(outcome, code);
    },
  };
  const groups = [
    records,
    metadata,
    atomicity,
    idempotency,
    overlap,
    linearity,
    lifecycle,
    ownership,
    sessions,
  ];
  for (const group of groups) group(checks, onFresh(target.createPlace));
  if (target.createBreakablePlace !== undefined) {
    failure(checks, onFresh(target.createBreakablePlace));
  }
}

function onFresh<Place extends ConformancePlace>(
  createPlace: () => Promise<Place>,
): WithBackend<Place> {
  return (body) => async () => {
    await using place = await createPlace();
    await using backend = await place.open(new ManualClock());
    await body(backend, place);
  };
}
