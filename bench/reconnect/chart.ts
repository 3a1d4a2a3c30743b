// Each script's loops as bars on a logarithmic scale: attempts to the left, the time to recover to the right.
import { svg, text } from "../svg.ts";
import type { Figures } from "./figures.ts";
import { scripts } from "./scripts/scripts.ts";
import { shownTime } from "./table.ts";

const [LABEL, WIDTH, BAR, GAP] = [150, 900, 12, 30];
const PER_DECADE = 55;
const RECOVERY_X = 560;
const BUDGET = 60;
const [OURS, OTHERS, LOST] = ["#2f6fb0", "#9e9e9e", "#c0392b"];

export function chart(all: readonly Figures[]): string {
  const rows: string[] = [];
  let y = 84;
  for (const script of scripts) {
    const shown = all.filter((each) => each.script === script.name);
    rows.push(text(20, y, script.title, "start", 13));
    y += 8;
    const top = y;
    for (const figures of shown) {
      rows.push(...row(figures, y));
      y += BAR;
    }
    const x = LABEL + decades(BUDGET);
    if (script.name !== "herd") {
      rows.push(`<line x1="${x}" y1="${top}" x2="${x}" y2="${y}" stroke="#333333"/>`);
    }
    y += GAP;
  }
  return svg(WIDTH, y, [
    text(
      20,
      24,
      "Our defaults and other systems' loops, simulated, against the same scripts",
      "start",
      15,
    ),
    text(
      LABEL,
      44,
      "connects of one bot in its busiest hour (line: 60); of the herd, in its busiest second",
      "start",
      11,
    ),
    text(RECOVERY_X, 60, "median time until connected again, in seconds; logarithmic", "start", 11),
    text(LABEL, 60, "blue: this package", "start", 11),
    ...rows,
  ]);
}

function row(figures: Figures, y: number): string[] {
  const { loop, of, script, lost, recovery } = figures;
  const attempts = script === "herd" ? figures.mostInASecond : figures.mostInAnHour;
  const colour = lost > 0 ? LOST : of === "this package" ? OURS : OTHERS;
  const count = attempts.toLocaleString("en");
  const label = lost > 0 ? `${count}, and loses good credentials` : count;
  const drawn = [
    text(LABEL - 8, y + 9, loop, "end", 10),
    ...bar(LABEL, y, decades(attempts), label, colour),
  ];
  if (recovery === undefined) return drawn;
  const ms = recovery.medianMs;
  const length = ms === null ? 0 : decades(ms / 100);
  return [...drawn, ...bar(RECOVERY_X, y, length, shownTime(ms), colour)];
}

function bar(x: number, y: number, length: number, label: string, colour: string): string[] {
  return [
    `<rect x="${x}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 2}" fill="${colour}"/>`,
    text(x + length + 4, y + 9, label, "start", 9),
  ];
}

function decades(value: number): number {
  return value < 1 ? 0 : Math.log10(value) * PER_DECADE + 2;
}
