import type { ConformanceRunner } from "@motte/auth-stores/conformance";
import { expect, test } from "vitest";

/** Vitest as the conformance suite takes it. */
export const runner: ConformanceRunner = {
  test,
  deepEqual: (actual, expected) => expect(actual).toEqual(expected),
};
