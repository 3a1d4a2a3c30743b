import { type Figure, figureKey } from "../figure.ts";
import type { RunRecord } from "../run-record.ts";
import { escaped } from "./escaped.ts";
import { withUnit } from "./numbers.ts";

const [WIDTH, HEIGHT, ROOM] = [120, 28, 4];
const MOST_RUNS = 40;

/** One ratio of one area, run by run. */
interface Trend {
  readonly name: string;
  readonly values: readonly number[];
}

/** How the ratios of an area went in earlier runs of the same mode; nothing where there is only one. */
export function trends(area: string, run: RunRecord, history: readonly RunRecord[]): string {
  const runs = [...history.filter(({ mode, at }) => mode === run.mode && at < run.at), run];
  const found = trendsOf(area, runs.slice(-MOST_RUNS));
  if (found.length === 0) return "";
  const items = found.map(({ name, values }) => {
    const last = values.at(-1) ?? 0;
    return `<li><span class="name">${escaped(name)}</span>${line(values)}<span class="value">${withUnit(last, "x")}</span></li>`;
  });
  return [
    `<details class="trends"><summary>Ratios over the last ${Math.min(runs.length, MOST_RUNS)} runs</summary>`,
    `<ul>${items.join("")}</ul></details>`,
  ].join("");
}

function trendsOf(area: string, runs: readonly RunRecord[]): Trend[] {
  const series = new Map<string, number[]>();
  for (const { areas } of runs) {
    const figures = areas.find((each) => each.area === area)?.figures ?? [];
    for (const figure of figures.filter(isRatio)) {
      const key = figureKey(figure);
      series.set(key, [...(series.get(key) ?? []), figure.value]);
    }
  }
  return [...series]
    .filter(([, values]) => values.length > 1)
    .map(([name, values]) => ({ name, values }));
}

function isRatio({ kind }: Figure): boolean {
  return kind === "ratio";
}

function line(values: readonly number[]): string {
  const [most, least] = [Math.max(...values), Math.min(...values)];
  const points = values.map((value, index) => {
    const x = ROOM + (index / (values.length - 1)) * (WIDTH - 2 * ROOM);
    const part = most === least ? 0.5 : (value - least) / (most - least);
    return [x.toFixed(1), (HEIGHT - ROOM - part * (HEIGHT - 2 * ROOM)).toFixed(1)] as const;
  });
  const [x, y] = points.at(-1) ?? ["0", "0"];
  return [
    `<svg class="trend" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">`,
    `<polyline points="${points.map((point) => point.join()).join(" ")}"/><circle cx="${x}" cy="${y}" r="2.5"/></svg>`,
  ].join("");
}
