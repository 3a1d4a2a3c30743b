import { presets } from "@motte/reconnect";
import { expect, test } from "vitest";
import { compare, policyNames } from "../src/simulate/compare.ts";
import { outcomeLines, summaryLines } from "../src/simulate/outcome-lines.ts";
import { COLUMNS } from "../src/terminal/wrap.ts";

const restart = { do: "close", because: "restart-required" } as const;
const loop = Array.from({ length: 120 }, () => restart);

test("policies are compared on one script with one seed", () => {
  const outcomes = compare(["default", "baileys-example"], loop, "0");

  const [own, example] = outcomes.map(({ result }) => result);
  expect(own?.elapsedMs).toBeGreaterThan(3_600_000);
  expect(example?.elapsedMs).toBe(0);
  expect(compare(["default"], loop, "0")).toEqual(outcomes.slice(0, 1));
  expect(compare(["default"], loop, "1")).not.toEqual(outcomes.slice(0, 1));
});

test("all policies, or Motte's own where none is named", () => {
  expect(compare(["all"], [restart], "0").map(({ policy }) => policy)).toEqual([
    "default",
    ...Object.keys(presets),
  ]);
  expect(compare([], [restart], "0").map(({ policy }) => policy)).toEqual(["default"]);
  expect(policyNames()).toHaveLength(Object.keys(presets).length + 1);
});

test("a policy that there is not is refused with the nearest", () => {
  expect(() => compare(["milday"], [restart], "0")).toThrow(/did you mean "milady"/);
});

test("a long timeline is cut for people, and fits a terminal", () => {
  const outcomes = compare(["default", "milady"], loop, "0");
  const [own] = outcomes;
  if (own === undefined) throw new Error("There is no outcome");

  const lines = outcomeLines(own.policy, own.result, true);
  expect(lines).toContain(`and ${own.result.lines.length - 200} more lines (--json shows all)`);
  for (const line of [...lines, ...summaryLines(outcomes)]) {
    expect(line.length).toBeLessThanOrEqual(COLUMNS);
  }
  expect(summaryLines([own])).toEqual([]);
});
