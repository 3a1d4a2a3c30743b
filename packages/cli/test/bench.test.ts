import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AreaResult, Figure } from "../src/bench/figure.ts";
import { measureKeyStores } from "../src/bench/key-store/measure.ts";
import type { KeyStoreSide } from "../src/bench/key-store/side.ts";
import { page } from "../src/bench/report/page.ts";
import { scaleOf } from "../src/bench/report/scale.ts";
import { runLines } from "../src/bench/run-lines.ts";
import type { RunRecord } from "../src/bench/run-record.ts";
import { quantile, summarized } from "../src/bench/statistics.ts";
import { turns } from "../src/bench/turns.ts";

const environment = {
  node: "v22.12.0",
  cpu: "Some Processor of a Rather Long Name, 3rd Generation",
  cores: 4,
  memoryGiB: 16,
  platform: "linux x64",
  fileSystem: "ext4",
  sqlite: "3.50.4 (node:sqlite)",
  loadAverage: 5.2,
};

function figures(group: string, scale: number): Figure[] {
  const common = { group, better: "more", spread: 0.04, rounds: 5 } as const;
  const store = "sqlite:/var/lib/bots/accounts/wa.db";
  const note = "survives a power cut";
  return [
    {
      ...common,
      name: store,
      kind: "ratio",
      unit: "x",
      value: 1.68,
      role: "ours",
      reference: 1.52,
      note,
    },
    {
      ...common,
      name: store,
      kind: "measure",
      unit: "/s",
      value: 812.3 * scale,
      role: "ours",
      note,
    },
    {
      ...common,
      name: "useMultiFileAuthState",
      kind: "measure",
      unit: "/s",
      value: 483.9 * scale,
      role: "other",
      note: "survives a killed process",
    },
  ];
}

const run: RunRecord = {
  bench: "motte",
  version: 1,
  at: "2026-01-02T03:04:05.000Z",
  mode: "normal",
  environment,
  areas: [
    {
      area: "key-store",
      title: "Key stores",
      about: "Every store is asked for the same, in turns.",
      durability: "each store says what an acknowledged write survives",
      tookMs: 12_345,
      reference: "AMD EPYC, 2 cores, Node v20, idle",
      figures: [...figures("set 1 record", 1), ...figures("get 1 record", 123)],
    },
  ],
};

test("a run fits into 80 columns, with ratios beside those of the reference", async () => {
  const lines = runLines(run);

  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../../../test/cli/golden/bench.txt");
});

test("every side has its turn in every round, and who was last is first in the next", () => {
  const order = [...turns(["a", "b", "c"], { warmUps: 1, rounds: 2 })];

  expect(order.map(({ side }) => side).join("")).toBe("cbaabccba");
  expect(order.map(({ round }) => round)).toEqual([-1, -1, -1, 0, 0, 0, 1, 1, 1]);
});

test("a median does not depend on the order, and the spread not on the unit", () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.5, max: 1e3, noNaN: true }), (list, factor) => {
      const { median, spread, rounds } = summarized(list);
      const scaled = summarized(list.toReversed().map((value) => value * factor));
      expect(rounds).toBe(list.length);
      expect(list.filter((value) => value < median).length).toBeLessThanOrEqual(list.length / 2);
      expect(list.filter((value) => value > median).length).toBeLessThanOrEqual(list.length / 2);
      expect(scaled.median / (median * factor)).toBeCloseTo(1, 9);
      expect(scaled.spread).toBeCloseTo(spread, 6);
    }),
  );
  expect(summarized([4, 1, 2, 3, 100])).toEqual({ median: 3, spread: 1 / 3, rounds: 5 });
  expect(quantile([1, 2], 0.5)).toBe(1.5);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

const [ratio] = figures("any", 1) as [Figure, ...Figure[]];

test("a larger value is never drawn before a smaller one, and 1x is where the bars of far ratios begin", () => {
  const value = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 12 }), (values) => {
      const scale = scaleOf(values.map((each) => ({ ...ratio, value: each })));
      const drawn = values.toSorted((a, b) => a - b).map((each) => scale.at(each));
      expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
      expect(drawn.every((at) => at >= 0 && at <= 100)).toBe(true);
      expect(scale.origin).toBeCloseTo(scale.logarithmic ? scale.at(1) : 0, 9);
    }),
  );
});

test("nothing in a report is taken for markup", () => {
  const [known] = run.areas as [AreaResult];
  const area = { ...known, figures: figures("<b>\"bold\" & 'co'</b>", 1) };
  const html = page({
    title: "<script>alert(1)</script>",
    about: "",
    run: { ...run, areas: [area] },
  });

  expect(html).not.toContain("<script");
  expect(html).not.toContain("<b>");
  expect(html).toContain("&lt;b&gt;");
});

const failing = (code: string): KeyStoreSide => ({
  name: "failing",
  role: "ours",
  kind: "memory",
  keys: {
    get: () => ({}),
    set: (data: object) => {
      const [family = {}] = Object.values<object>(data as Record<string, object>);
      if (Object.keys(family).length !== 100) return;
      throw Object.assign(new Error("no"), { code });
    },
  },
});

test("a store that fails is not left out, except where the system has no more files to open", async () => {
  const options = {
    rounds: 1,
    budgetMs: 0,
    fewestSteps: 1,
    reference: { measuredOn: "", ratios: { memory: { "get 1 record": 3 } } },
  };
  const { signal } = new AbortController();

  await expect(measureKeyStores([failing("EIO")], { ...options, signal })).rejects.toThrow("no");
  const found = await measureKeyStores([failing("EMFILE")], { ...options, signal });
  expect(found.map(({ group }) => group)).not.toContain("set 100 records");
  expect(found).toHaveLength(4);
});
