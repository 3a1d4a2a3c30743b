// A suite that passes everything proves nothing: for each of its tests, a KV that breaks just that promise.
import {
  type BreakableKVPlace,
  type KVSuiteTarget,
  flakyKV,
  kvSuite,
} from "@motte/store-kit/testing";
import { describe, expect, test } from "vitest";
import { type KV, memoryKV } from "@motte/store-kit";
import { type CollectedTest, collectedTests } from "../../../../test/support/collected-tests.ts";
import { BREAKAGES, type Breakage } from "../support/broken-kvs.ts";
import { lasting } from "../support/kv-places.ts";

/** The suite's tests, registered but not run. */
const collect = (target: KVSuiteTarget): readonly CollectedTest[] =>
  collectedTests((runner) => kvSuite(runner, target));

function targetOf(breakage?: Breakage): KVSuiteTarget {
  const createPlace = async (): Promise<BreakableKVPlace> => {
    let kept: KV | undefined;
    let isBroken = false;
    return {
      open: async (clock) => {
        if (breakage?.forgetful) kept = undefined;
        kept ??= flakyKV(memoryKV({ clock }), () => (isBroken ? "fail" : undefined));
        return broken(lasting(kept), breakage);
      },
      breakMedium: async () => {
        isBroken = true;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  };
  return { createPlace, createBreakablePlace: createPlace };
}

function broken(root: KV, breakage: Breakage | undefined): KV {
  if (breakage === undefined) return root;
  const part = (kv: KV): KV => ({
    ...kv,
    namespace: (name) => part(kv.namespace(name)),
    ...breakage.break(kv, root),
  });
  return part(root);
}

async function fails({ body }: CollectedTest): Promise<boolean> {
  return body().then(
    () => false,
    () => true,
  );
}

describe("the KV that the broken ones are made of", () => {
  test.each(collect(targetOf()).map((each) => [each.name, each] as const))(
    "passes: %s",
    async (_name, each) => {
      expect(await fails(each)).toBe(false);
    },
  );
});

describe("the suite fails", () => {
  test.each(BREAKAGES.map((breakage) => [breakage.what, breakage] as const))(
    "a KV that %s",
    async (_what, breakage) => {
      const caught = collect(targetOf(breakage)).find(({ name }) => name === breakage.caughtBy);
      expect(caught && (await fails(caught))).toBe(true);
    },
  );
});

test("every test of the suite is the one that catches some broken KV", () => {
  const names = collect(targetOf()).map(({ name }) => name);
  expect(names.toSorted()).toEqual([...new Set(BREAKAGES.map((each) => each.caughtBy))].toSorted());
});
