import { expect, test } from "vitest";
import type { Figure } from "../../packages/cli/src/bench/figure.ts";
import type { Mode, RunRecord } from "../../packages/cli/src/bench/run-record.ts";
import { compared, referencesOf } from "./reference.ts";

const RATIO: Figure = {
  group: "single set",
  name: "SQLite",
  kind: "ratio",
  unit: "x",
  value: 8,
  better: "more",
  spread: 0.05,
  rounds: 6,
  role: "ours",
};
const KEY = "auth-stores: single set / SQLite";

function runOf(figures: readonly Figure[], mode: Mode = "quick"): RunRecord {
  const environment = {
    node: "v22.12.0",
    cpu: "any",
    cores: 2,
    memoryGiB: 4,
    platform: "linux x64",
    fileSystem: "ext4",
    sqlite: "3.50.0",
    loadAverage: 0,
  };
  const area = { area: "auth-stores", title: "", about: "", durability: "", tookMs: 1, figures };
  return {
    bench: "motte",
    version: 1,
    at: "2026-01-01T00:00:00.000Z",
    mode,
    environment,
    areas: [area],
  };
}

const verdictOn = (now: Partial<Figure>, before: Partial<Figure> = {}): string | undefined => {
  const quick = referencesOf([runOf([{ ...RATIO, ...before }])]);
  return compared(runOf([{ ...RATIO, ...now }]), { quick }).comparisons[0]?.verdict;
};

test("a ratio is lost when it is worse by more than chance, and not when it is better by any amount", () => {
  // Three times the two spreads together are 21 %.
  expect(verdictOn({ value: 8 })).toBe("held");
  expect(verdictOn({ value: 7 })).toBe("held");
  expect(verdictOn({ value: 6.4 })).toBe("lost");
  expect(verdictOn({ value: 800 })).toBe("held");
  expect(verdictOn({ better: "less", value: 9 }, { better: "less" })).toBe("held");
  expect(verdictOn({ better: "less", value: 10 }, { better: "less" })).toBe("lost");
  expect(verdictOn({ better: "less", value: 0.1 }, { better: "less" })).toBe("held");
});

test("what the rounds or the runs differ by, a ratio may be worse by; where they do not, a tenth", () => {
  expect(verdictOn({ value: 5, spread: 0.25 })).toBe("held");
  expect(verdictOn({ value: 5 }, { spread: 0.25 })).toBe("held");
  expect(verdictOn({ value: 7.4, spread: 0 }, { spread: 0 })).toBe("held");
  expect(verdictOn({ value: 7.2, spread: 0 }, { spread: 0 })).toBe("lost");

  const runs = [4, 8, 12].map((value) => runOf([{ ...RATIO, value }]));
  expect(referencesOf(runs)).toEqual({ [KEY]: { value: 8, spread: 0.25, runs: 3 } });
});

test("a reference is made of the last five runs", () => {
  const runs = [100, 100, 100, 8, 8, 8, 8, 8].map((value) => runOf([{ ...RATIO, value }]));
  expect(referencesOf(runs)[KEY]).toMatchObject({ value: 8, runs: 5 });
});

test("neither times nor what others reach nor runs of another mode are compared", () => {
  const figures: Figure[] = [
    RATIO,
    { ...RATIO, name: "a time", kind: "measure", unit: "ms", value: 1 },
    { ...RATIO, name: "a rival", role: "other" },
    { ...RATIO, name: "a limit", role: "limit" },
  ];
  const quick = referencesOf([runOf(figures)]);
  expect(Object.keys(quick)).toEqual([KEY]);
  const slower = figures.map((figure) => ({ ...figure, value: figure.value / 100 }));
  expect(compared(runOf(slower), { quick }).comparisons.map(({ name }) => name)).toEqual([KEY]);
  expect(compared(runOf(slower, "full"), { quick })).toMatchObject({
    comparisons: [],
    unknown: [KEY],
    missing: [],
  });
});

test("a ratio that is no longer measured is named, unless its area did not run", () => {
  const quick = referencesOf([runOf([RATIO])]);
  expect(compared(runOf([]), { quick }).missing).toEqual([KEY]);
  expect(compared({ ...runOf([]), areas: [] }, { quick }).missing).toEqual([]);
});
