import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { faultCatalogue } from "@motte/mock-server";
import type { FaultCase } from "./fault-case.ts";
import { type FaultRow, readRows, rowOf, writeRows } from "./fault-table.ts";
import { observe } from "./observe.ts";
import { withPatience } from "./patience.ts";

/** With `WRITE_FAULT_TABLES=1` what is seen becomes the table, instead of being compared with it. */
const writes = process.env["WRITE_FAULT_TABLES"] === "1";

/** Holds a group's table in the README of the mock server against what real Baileys does. */
export function describeFaults(group: string, cases: readonly FaultCase[]): void {
  const known = readRows(group);
  const seen: FaultRow[] = [];
  const keys = cases.map((each) => keyOf(rowOf(each, "")));

  if (writes) {
    afterAll(() => {
      // A case that failed keeps the row it had.
      const rows = keys.map((key) => [...seen, ...known].find((row) => keyOf(row) === key));
      const there = rows.filter((row) => row !== undefined);
      writeRows(group, there);
    });
  }

  describe(`faults of the group "${group}"`, () => {
    test("are each in the table, and nothing else is", () => {
      const faults = faultCatalogue.find((each) => each.group === group)?.faults ?? [];

      expect(new Set(cases.map(({ fault }) => fault))).toEqual(
        new Set(faults.map(({ name }) => name)),
      );
      expect(new Set(keys).size).toBe(keys.length);
      expect(writes ? keys : known.map(keyOf)).toEqual(keys);
    });

    test.each(cases.map((each, index) => ({ each, title: keys[index] })))(
      "$title",
      async ({ each, title }) => {
        const first = rowOf(each, await observe(each));
        const expected = writes ? first : known.find((other) => keyOf(other) === title);
        // What is seen of a client is what it does within a time. Where that is not what is known, a machine that does
        // much else at once may have been late, and a longer look decides.
        const asKnown = isDeepStrictEqual(first, expected);
        const row = asKnown ? first : rowOf(each, await withPatience(4, () => observe(each)));
        seen.push(row);

        expect(row).toEqual(expected);
      },
    );
  });
}

/** All but what was seen. */
function keyOf([fault, settings, words]: FaultRow): string {
  return [fault, settings, words].join(" ");
}
