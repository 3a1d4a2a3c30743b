import type { ManualClock } from "@motte/core/manual-clock";
import type { Clock } from "@motte/core/clock";
import type { KV } from "../../kv/kv.ts";

/** What the suite needs of a test runner; vitest, node:test and jest all have it. */
export interface KVSuiteRunner {
  /** Registers a test. */
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** Throws unless the two are equal in depth. */
  readonly deepEqual: (actual: unknown, expected: unknown) => void;
}

/** Somewhere fresh and empty for one test. */
export interface KVPlace extends AsyncDisposable {
  /** Opens a KV here. Called again, it opens another on the same entries, unless they end with the first. */
  readonly open: (clock: Clock) => Promise<KV>;
}

/** A place whose medium can be made to fail. */
export interface BreakableKVPlace extends KVPlace {
  /** Makes every later access fail. */
  readonly breakMedium: () => Promise<void>;
}

export interface KVSuiteTarget {
  readonly createPlace: () => Promise<KVPlace>;
  /** Without it, what a failing medium leads to is not tested. */
  readonly createBreakablePlace?: () => Promise<BreakableKVPlace>;
}

export interface KVSuiteChecks extends KVSuiteRunner {
  /** Checks that `work` rejects with this error code. */
  readonly rejectsWith: (work: Promise<unknown>, code: string) => Promise<void>;
}

/** Makes a test body of one that takes a KV on a fresh place. */
export type WithKV<Place extends KVPlace = KVPlace> = (
  body: (kv: KV, clock: ManualClock, place: Place) => Promise<void>,
) => () => Promise<void>;

/** Registers the tests of one group. */
export type KVSuiteGroup = (checks: KVSuiteChecks, withKV: WithKV) => void;
