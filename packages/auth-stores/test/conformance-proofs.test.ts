// A suite that passes everything proves nothing: for each of its tests, a backend that breaks just that promise.
import { type ConformanceTarget, testBackend } from "@motte/auth-stores/conformance";
import { describe, expect, test } from "vitest";
import { type CollectedTest, collectedTests } from "../../../test/support/collected-tests.ts";
import { BREAKAGES, type Breakage } from "./support/broken-backends.ts";
import { brokenPlace } from "./support/broken-place.ts";

/** The suite's tests, registered but not run. */
const collect = (target: ConformanceTarget): readonly CollectedTest[] =>
  collectedTests((runner) => testBackend(runner, target));

function targetOf(breakage?: Breakage): ConformanceTarget {
  return {
    createPlace: () => brokenPlace(breakage),
    createBreakablePlace: () => brokenPlace(breakage),
  };
}

async function fails({ body }: CollectedTest): Promise<boolean> {
  return body().then(
    () => false,
    () => true,
  );
}

describe("the backend that the broken ones are made of", () => {
  test.each(collect(targetOf()).map((each) => [each.name, each] as const))(
    "passes: %s",
    async (_name, each) => {
      expect(await fails(each)).toBe(false);
    },
  );
});

describe("the suite fails", () => {
  test.each(BREAKAGES.map((breakage) => [breakage.what, breakage] as const))(
    "a backend that %s",
    async (_what, breakage) => {
      const failed: string[] = [];
      for (const each of collect(targetOf(breakage))) {
        if (await fails(each)) failed.push(each.name);
      }
      expect(failed).toContain(breakage.caughtBy);
    },
  );
});

test("every test of the suite is the one that catches some broken backend", () => {
  const names = collect(targetOf()).map(({ name }) => name);
  expect(names.toSorted()).toEqual([...new Set(BREAKAGES.map((each) => each.caughtBy))].toSorted());
});
