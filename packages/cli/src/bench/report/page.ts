import { type AreaResult, type Figure, isMet, noReference } from "../figure.ts";
import type { RunRecord } from "../run-record.ts";
import { chart } from "./chart.ts";
import { escaped } from "./escaped.ts";
import { style } from "./style.ts";
import { trends } from "./trend.ts";

export interface PageOptions {
  readonly title: string;
  readonly about: string;
  readonly run: RunRecord;
  /** Earlier runs, oldest first. */
  readonly history?: readonly RunRecord[];
}

/** A run as one HTML document that loads nothing from anywhere. */
export function page({ title, about, run, history = [] }: PageOptions): string {
  const { areas } = run;
  return [
    "<!doctype html>",
    `<html lang="en">`,
    `<head>`,
    `<meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escaped(title)}</title>`,
    // Without one, browsers ask the server for a picture that is not there.
    `<link rel="icon" href="data:,">`,
    `<style>${style}</style>`,
    `</head>`,
    `<body>`,
    `<header>`,
    `<h1>${escaped(title)}</h1>`,
    `<p>${escaped(about)}</p>`,
    areas.length > 1 ? navigation(areas) : "",
    tiles(run),
    warning(run),
    keys(areas.flatMap(({ figures }) => figures)),
    `</header>`,
    `<main>`,
    ...areas.map((area) => section(area, run, history)),
    `</main>`,
    `<footer>${escaped(`Measured ${run.at} (${run.mode}). Medians of rounds in which the sides take turns; the whisker and the ± are half of the distance between the quartiles. Not affiliated with WhatsApp or Meta.`)}</footer>`,
    `</body>`,
    `</html>`,
    "",
  ].join("\n");
}

function navigation(areas: readonly AreaResult[]): string {
  const links = areas.map(({ area, title }) => `<a href="#${escaped(area)}">${escaped(title)}</a>`);
  return `<nav>${links.join("")}</nav>`;
}

function tiles({ environment, areas }: RunRecord): string {
  const verdicts = areas
    .flatMap(({ figures }) => figures)
    .map((figure) => isMet(figure))
    .filter((met) => met !== undefined);
  const { cpu, cores, memoryGiB, node, sqlite, fileSystem, platform, loadAverage } = environment;
  const shown: (readonly [name: string, value: string, wide?: boolean])[] = [
    ["Processor", `${cpu}, ${cores} cores`, true],
    ["Memory", `${memoryGiB} GiB`],
    ["Node", `${node}, ${platform}`],
    ["SQLite", sqlite],
    ["File system", fileSystem],
    ["Load before", String(loadAverage)],
  ];
  if (verdicts.length > 0) {
    const met = verdicts.filter(Boolean).length;
    shown.unshift(["Goals met", `${met} of ${verdicts.length}`]);
  }
  const items = shown.map(
    ([name, value, wide]) =>
      `<div${wide === true ? ` class="wide"` : ""}><dt>${name}</dt><dd>${escaped(value)}</dd></div>`,
  );
  return `<dl class="tiles">${items.join("")}</dl>`;
}

function warning({ environment: { loadAverage, cores } }: RunRecord): string {
  if (loadAverage < cores) return "";
  return `<p class="warning">The machine was busy with other work (load ${loadAverage} on ${cores} cores): read the ratios, and not the times.</p>`;
}

const box = (role: Figure["role"], words: string): string =>
  `<span class="${role}"><svg width="14" height="10"><rect class="fill" width="14" height="10" rx="2"/></svg>${words}</span>`;

const mark = (name: string, words: string): string =>
  `<span><svg width="14" height="12"><line class="${name}" x1="7" x2="7" y1="0" y2="12"/></svg>${words}</span>`;

/** What the colours and marks mean, as far as they are on the page. */
function keys(figures: readonly Figure[]): string {
  const has = (role: Figure["role"]): boolean => figures.some((figure) => figure.role === role);
  const shown = [
    has("ours") ? box("ours", "Motte") : "",
    has("other") ? box("other", "others, in the same run") : "",
    has("limit") ? box("limit", "the least that the work can cost") : "",
    figures.some(({ kind }) => kind === "ratio") ? mark("one", "1x") : "",
    figures.some(({ goal }) => goal !== undefined) ? mark("goal", "goal") : "",
    figures.some(({ reference }) => reference !== undefined) ? mark("reference", "reference") : "",
  ];
  return `<div class="keys">${shown.join("")}</div>`;
}

function section(area: AreaResult, run: RunRecord, history: readonly RunRecord[]): string {
  const charts = chartsOf(area.figures).map(([group, figures]) => chart(group, figures));
  return [
    `<section id="${escaped(area.area)}">`,
    `<h2>${escaped(area.title)}</h2>`,
    `<p>${escaped(area.about)}</p>`,
    `<p class="quiet">${escaped(`${area.durability} · took ${(area.tookMs / 1_000).toFixed(1)} s`)}</p>`,
    referenceLine(area),
    `<div class="charts">`,
    ...charts,
    `</div>`,
    trends(area.area, run, history),
    `</section>`,
  ].join("\n");
}

function referenceLine({ area, reference }: AreaResult): string {
  if (reference === undefined) return "";
  const words = reference === "" ? noReference(area) : `Reference: ${reference}`;
  return `<p class="quiet">${escaped(words)}</p>`;
}

/** Figures of one group and one unit share a chart; ratios come first. */
function chartsOf(figures: readonly Figure[]): [group: string, figures: Figure[]][] {
  const charts = new Map<string, [string, Figure[]]>();
  const inOrder = [
    ...figures.filter(({ kind }) => kind === "ratio"),
    ...figures.filter(({ kind }) => kind !== "ratio"),
  ];
  for (const figure of inOrder) {
    const key = JSON.stringify([figure.group, figure.unit]);
    const chosen = charts.get(key) ?? [figure.group, []];
    chosen[1].push(figure);
    charts.set(key, chosen);
  }
  return [...charts.values()];
}
