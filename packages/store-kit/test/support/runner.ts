import type { KVSuiteRunner } from "@motte/store-kit/testing";
import { expect, test } from "vitest";

/** Vitest as the conformance suites take it. */
export const runner: KVSuiteRunner = {
  test,
  deepEqual: (actual, expected) => expect(actual).toEqual(expected),
};
