import { svg, text } from "../svg.ts";
import type { Figure } from "./figure.ts";

const WIDTH = 900;
const ROW = 46;
const LEFT = 20;
const RIGHT = 880;

/** Each figure with a goal as a bar: where the goal is, and how far the figure goes. */
export function chart(figures: readonly Figure[]): string {
  const rows = figures.filter(({ goal }) => goal !== undefined);
  const middle = (LEFT + RIGHT) / 2;
  const elements = rows.flatMap(({ what, measured, unit, goal = 0 }, index) => {
    const y = 30 + index * ROW;
    // A goal of none has no scale: a figure of none is no bar at all.
    const share = goal === 0 ? (measured === 0 ? 0 : 2) : Math.min(Math.max(measured / goal, 0), 2);
    const width = ((RIGHT - LEFT) * share) / 2;
    const color = measured <= goal ? "#3a7d44" : "#b5462f";
    return [
      text(LEFT, y, what, "start", 13),
      text(RIGHT, y, `${Number(measured.toPrecision(3))} ${unit}, goal ${goal}`, "end", 13),
      `<rect x="${LEFT}" y="${y + 6}" width="${width.toFixed(1)}" height="12" fill="${color}"/>`,
      `<line x1="${middle}" x2="${middle}" y1="${y + 4}" y2="${y + 20}" stroke="#222222"/>`,
    ];
  });
  return svg(WIDTH, 30 + rows.length * ROW, elements);
}
