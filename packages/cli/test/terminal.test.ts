import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs, durationWords } from "../src/terminal/duration.ts";
import { ManualClock } from "@motte/core/manual-clock";
import { Progress } from "../src/terminal/progress.ts";
import { barLine } from "../src/terminal/bar.ts";
import { COLUMNS, lineColumns, wrap } from "../src/terminal/wrap.ts";

describe("wrap", () => {
  test("keeps a short line, its indent and its columns as they are", () => {
    expect(wrap("  a    b", "      ")).toEqual(["  a    b"]);
    expect(wrap("")).toEqual([""]);
  });

  test("breaks between words, and indents what follows", () => {
    const word = "x".repeat(30);
    expect(wrap(`  ${word} ${word} ${word} ${word}`, "    ")).toEqual([
      `  ${word} ${word}`,
      `    ${word} ${word}`,
    ]);
  });

  test("loses no word and makes no line too long but for one word alone", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,100}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.nat(20), (given, indent) => {
        const lines = wrap(given.join(" "), " ".repeat(indent));
        expect(lines.map((line) => line.trim()).join(" ")).toBe(given.join(" "));
        for (const line of lines) {
          expect(line.length <= COLUMNS || !line.trim().includes(" ")).toBe(true);
        }
      }),
    );
  });
});

test("lines are as long as a terminal is wide, but no longer than most, and the same wherever there is none", () => {
  const widths = [
    { isTTY: true, columns: 50 },
    { isTTY: true, columns: 200 },
    { isTTY: true, columns: 0 },
    { columns: 50 },
    {},
  ].map(lineColumns);

  expect(widths).toEqual([50, 80, 80, 80, 80]);
});

describe("times", () => {
  test.each([
    ["500ms", 500],
    ["1.5s", 1_500],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
  ])("%s", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test.each(["", "5", "m", "5 m", "-1s", "5min", "1e3s"])("%j is none", (text) => {
    expect(() => durationMs(text)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });

  test("are told in the largest unit that leaves at least two", () => {
    expect([0, 999.6, 1_000, 90_000, 900_000, 21_600_000, 172_800_000].map(durationWords)).toEqual([
      "0 ms",
      "1000 ms",
      "1 s",
      "90 s",
      "15 min",
      "6 h",
      "2 d",
    ]);
  });
});

describe("a bar", () => {
  const howFar = {
    part: 0.5,
    counted: "50/100 sessions",
    speed: "8106 records/s",
    left: "8.3 s left",
  };

  test.each([
    [80, 24, " 50 % 50/100 sessions, 8106 records/s, 8.3 s left"],
    [60, 11, " 50 % 50/100 sessions, 8106 records/s, 8.3 s left"],
    [47, 14, " 50 % 50/100 sessions, 8.3 s left"],
    [30, 13, " 50 %, 8.3 s left"],
    [14, 9, " 50 %"],
    [4, 0, " 50 %"],
  ])("in %i columns is %i long, and says what there is room for", (columns, length, words) => {
    const line = barLine("", howFar, columns);
    expect([line.indexOf(" "), line.slice(length)]).toEqual([length, words]);
    expect(line.lastIndexOf("█") + 1).toBe(Math.round(length / 2));
  });
});

test("progress goes on while a step takes long, and says nothing of a speed that is none", async () => {
  const clock = new ManualClock();
  const shown: string[] = [];
  const live = { show: (text: string) => void shown.push(text), clear: () => void shown.push("") };
  const progress = new Progress({ out: () => {}, error: () => {}, live }, clock, "copies");
  progress.step({ phase: "measuring", done: 0, total: 4 });
  await clock.advance(2_500);
  progress.step({ phase: "measuring", done: 1, total: 4 });
  await clock.advance(4_000);
  progress.end();
  await clock.advance(4_000);

  expect(shown.map((text) => text.replace(/^measuring [█░]+ /, ""))).toEqual([
    "0 % 0/4",
    "0 % 0/4",
    "0 % 0/4",
    ...["7.5 s left", "10.5 s left", "13.5 s left", "16.5 s left", "19.5 s left"].map(
      (left) => `25 % 1/4, ${left}`,
    ),
    "",
  ]);
});
