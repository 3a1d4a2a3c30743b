import { migrate } from "@motte/auth-stores/migration";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { families } from "../support/arbitraries.ts";
import { setAny } from "../support/keys.ts";
import {
  contentOf,
  createAccount,
  openAccount,
  outcomeOfOpening,
  placeOf,
  places,
} from "./accounts.ts";

const records = fc.uniqueArray(
  fc
    .constantFrom(...Object.keys(families))
    .chain((type) =>
      fc.tuple(
        fc.constant(type),
        families[type]?.id ?? fc.string(),
        families[type]?.value ?? fc.anything(),
      ),
    ),
  { selector: ([type, id]) => `${type} ${id}`, maxLength: 25 },
);
// Each pair goes both ways in one test.
const kinds = Object.keys(places);
const pairs = kinds.flatMap((from, index) => kinds.slice(index).map((to) => [from, to] as const));

test.each(pairs)(
  "an account with any content goes from %s to %s and back, and is the same",
  async (from, to) => {
    await fc.assert(
      fc.asyncProperty(records, async (content) => {
        await using here = await placeOf(from);
        await using there = await placeOf(to);
        await using source = await here.open();
        await using target = await there.open();
        const ids: Record<string, string[]> = {};
        for (const [type, id] of content) (ids[type] ??= []).push(id);
        await createAccount(source, async (handle) => {
          for (const [type, id, value] of content) await setAny(handle, type, id, value);
        });
        const before = await openAccount(source);
        const original = await contentOf(before, ids);
        await before.close();

        const there1 = {
          from: { backend: source, sessionId: "a" },
          to: { backend: target, sessionId: "a" },
        };
        // Random mappings do not agree with each other, and random pre-keys are none; that is only reported.
        const report = await migrate(there1);
        expect(report.records).toBe(content.length);
        {
          await using moved = await openAccount(target);
          expect(await contentOf(moved, ids)).toEqual(original);
          await setAny(moved, "lid-mapping", "5", "6");
        }
        expect(await outcomeOfOpening(source)).toBe("AUTH_STORE_MIGRATED");

        const back = await migrate({ from: there1.to, to: there1.from });
        expect(back.started).toBe("returning");
        expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_MIGRATED");
        await using returned = await openAccount(source);
        expect(await contentOf(returned, ids)).toEqual(original);
        expect(await contentOf(returned, { ...ids, "lid-mapping": ["5"] })).toMatchObject({
          records: expect.arrayContaining([["lid-mapping", "5", "6"]]),
        });
      }),
      { numRuns: 6 },
    );
  },
);
