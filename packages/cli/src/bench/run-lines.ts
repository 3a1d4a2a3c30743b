import { COLUMNS, lineColumns, wrap } from "../terminal/wrap.ts";
import { type AreaResult, type Figure, noReference } from "./figure.ts";
import { shown, spreadWords } from "./report/numbers.ts";
import type { RunRecord } from "./run-record.ts";

const RATE = 12;
const SPREAD = 8;
const RATIO = 9;
const REFERENCE = 18;
const LEAST_NAME = 13;

/** A run for people, at most 80 columns wide, and no wider than their terminal. */
export function runLines(run: RunRecord): readonly string[] {
  const { cpu, cores, node, sqlite, fileSystem, loadAverage } = run.environment;
  const lines = [...wrap(`${cpu}, ${cores} cores, Node ${node}, SQLite ${sqlite}, ${fileSystem}`)];
  if (loadAverage >= cores) {
    lines.push(
      ...wrap(`The machine is busy with other work (load ${loadAverage}): read the ratios.`),
    );
  }
  for (const area of run.areas) {
    const { about, figures } = area;
    lines.push("", ...wrap(about));
    for (const group of new Set(figures.map((figure) => figure.group))) {
      const own = figures.filter((figure) => figure.group === group);
      lines.push(
        "",
        shortened(group, lineColumns()),
        ...own.filter(isMeasure).map((rate) => line(rate, own)),
      );
    }
    const hasReferences = area.reference === "" || lineColumns() >= COLUMNS;
    if (area.reference !== undefined && hasReferences)
      lines.push("", ...wrap(referenceWords(area)));
  }
  return lines;
}

function referenceWords({ area, reference }: AreaResult): string {
  return reference === "" ? noReference(area) : `reference: ${reference}`;
}

function line(rate: Figure, figures: readonly Figure[]): string {
  const ratio = figures.find(({ kind, name }) => kind === "ratio" && name === rate.name);
  const columns = lineColumns();
  // The reference is the first to go where there is little room.
  const isWide = columns >= COLUMNS;
  const reference = isWide ? ratio?.reference : undefined;
  const others = 2 + RATE + SPREAD + RATIO + (isWide ? REFERENCE : 0);
  const names = Math.max(LEAST_NAME, columns - others);
  return [
    `  ${shortened(rate.name, names).padEnd(names)}`,
    `${shown(rate.value)}${rate.unit}`.padStart(RATE),
    (rate.rounds > 1 ? spreadWords(rate.spread) : "").padStart(SPREAD),
    (ratio === undefined ? "" : `${shown(ratio.value)}x`).padStart(RATIO),
    reference === undefined ? "" : `  reference ${shown(reference)}x`,
  ]
    .join("")
    .trimEnd();
}

/** The end of a long path says more than its beginning. */
function shortened(name: string, columns: number): string {
  return name.length < columns ? name : `…${name.slice(2 - columns)}`;
}

function isMeasure({ kind }: Figure): boolean {
  return kind === "measure";
}
