import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Renames } from "../src/trace/renames.ts";

const RECORDED = ["a", "b", "c", "d"];
const LIVE = ["1", "2", "3", "4"];

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...RECORDED, "other", "ab"),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("key", "id"), tie("value")),
  ),
})).value;

test("names are one for one: what was renamed can be told back, and nothing else has changed", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(LIVE, { minLength: 4 }), json, (live, value) => {
      const names = new Renames();
      for (const [index, recorded] of RECORDED.entries()) names.add(recorded, live[index] ?? "");
      const renamed = names.apply(value);
      expect(names.undo(renamed)).toEqual(value);
      expect(JSON.stringify(renamed)).not.toMatch(/"[abcd]"/);
    }),
  );
});

test("nothing gets two names, and no name stands for two things", () => {
  const names = new Renames();
  names.add("a", "1");
  names.add("a", "1");
  expect(() => names.add("a", "2")).toThrow("two things");
  expect(() => names.add("b", "1")).toThrow("two things");
  expect(names.get("a")).toBe("1");
});
