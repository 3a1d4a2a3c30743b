// The figures as tables of Markdown.
import type { Figures } from "./figures.ts";
import { loops } from "./loops/loops.ts";
import { scripts } from "./scripts/scripts.ts";

const HERD = "herd";

/** What the README shows, table by table. */
export function tables(all: readonly Figures[], variants: readonly Figures[]): string[] {
  return [
    attemptsTable(all),
    recoveryTable(all),
    herdTable(all, variants),
    variantsTable(all, variants),
  ].map((lines) => lines.join("\n"));
}

/** Attempts of one bot in its busiest hour, the most in any second of it all, and where credentials were lost. */
function attemptsTable(all: readonly Figures[]): string[] {
  const shown = scripts.filter(({ name }) => name !== HERD);
  return table(
    [
      "connects in the busiest hour",
      ...shown.map(({ title }) => title),
      "in the busiest second",
      "credentials lost",
    ],
    loops.map(({ name }) => [
      name,
      ...shown.map((script) => count(find(all, name, script.name)?.mostInAnHour)),
      count(Math.max(...shown.map((script) => find(all, name, script.name)?.mostInASecond ?? 0))),
      lostIn(all, name),
    ]),
  );
}

/** How long until connected again. */
function recoveryTable(all: readonly Figures[]): string[] {
  const shown = scripts.filter(({ name }) =>
    all.some((each) => each.script === name && each.recovery !== undefined),
  );
  return table(
    ["until connected again: median, p99", ...shown.map(({ title }) => title)],
    loops.map(({ name }) => [
      name,
      ...shown.map((script) => recovery(find(all, name, script.name))),
    ]),
  );
}

/** The herd's peak. */
function herdTable(all: readonly Figures[], variants: readonly Figures[]): string[] {
  const rows = [...all, ...variants].filter(({ script }) => script === HERD);
  return table(
    ["1,000 sessions dropped at once", "connects in the busiest second", "until connected again"],
    rows.map((each) => [each.loop, count(each.mostInASecond), recovery(each)]),
  );
}

/** Our variants in the outage. */
function variantsTable(all: readonly Figures[], variants: readonly Figures[]): string[] {
  const rows = [find(all, "this package", "outage"), ...variants].filter(
    (each) => each?.script === "outage",
  );
  return table(
    ["outage of an hour", "connects in the busiest hour", "until connected again"],
    rows.map((each) => [each?.loop ?? "", count(each?.mostInAnHour), recovery(each)]),
  );
}

function find(all: readonly Figures[], loop: string, script: string): Figures | undefined {
  return all.find((each) => each.loop === loop && each.script === script);
}

/** A time as a person says it. */
export function shownTime(ms: number | null): string {
  if (ms === null) return "never";
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 119_500) return `${(ms / 1_000).toFixed(0)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

function recovery(figures: Figures | undefined): string {
  if (figures?.recovery === undefined) return "";
  const median = shownTime(figures.recovery.medianMs);
  const p99 = shownTime(figures.recovery.p99Ms);
  return median === p99 ? median : `${median}, ${p99}`;
}

function lostIn(all: readonly Figures[], loop: string): string {
  const lost = scripts.filter(({ name }) => (find(all, loop, name)?.lost ?? 0) > 0);
  return lost.length === 0 ? "no" : lost.map(({ title }) => `**${title}**`).join("; ");
}

function count(value: number | undefined): string {
  return value === undefined ? "" : value.toLocaleString("en");
}

/** As Prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => (cells[column] ?? "").length)),
  );
  const line = (cells: readonly string[], pad: string): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, pad)).join(" | ")} |`;
  const under = line(
    head.map(() => ""),
    "-",
  );
  return [line(head, " "), under, ...rows.map((cells) => line(cells, " "))];
}
