import type { Clock } from "@motte/core/clock";
import type { AuthBackend } from "../backend.ts";

/** What the suite needs of a test runner; vitest, node:test and jest all have it. */
export interface ConformanceRunner {
  /** Registers a test. */
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** Throws unless the two are equal in depth. */
  readonly deepEqual: (actual: unknown, expected: unknown) => void;
}

/** Somewhere fresh and empty for one test to keep records in. */
export interface ConformancePlace extends AsyncDisposable {
  /** Opens a backend here. Called again, it opens another on the same records. */
  readonly open: (clock: Clock) => Promise<AuthBackend>;
  /** Lets leases age by `ms`, where a server keeps their time and not the clock handed to `open`. */
  readonly passTime?: (ms: number) => Promise<void>;
}

/** A place whose medium can be made to fail. */
export interface BreakablePlace extends ConformancePlace {
  /** Makes every later access to the records fail. */
  readonly breakMedium: () => Promise<void>;
}

export interface ConformanceTarget {
  readonly createPlace: () => Promise<ConformancePlace>;
  /** Without it the failure group is left out. */
  readonly createBreakablePlace?: () => Promise<BreakablePlace>;
}

export interface ConformanceChecks extends ConformanceRunner {
  /** Checks that `work` rejects with this error code. */
  readonly rejectsWith: (work: Promise<unknown>, code: string) => Promise<void>;
}

/** Makes a test body of one that takes a backend on a fresh place. */
export type WithBackend<Place extends ConformancePlace = ConformancePlace> = (
  body: (backend: AuthBackend, place: Place) => Promise<void>,
) => () => Promise<void>;

/** Registers the tests of one group. */
export type ConformanceGroup = (checks: ConformanceChecks, withBackend: WithBackend) => void;
