// Each scenario's figures as bars; within a scenario, those of one unit share a scale.
import { svg, text } from "../svg.ts";
import { type ScenarioResult, shown, verdict } from "./figures.ts";

const [LABEL, LONGEST, WIDTH, BAR, GAP] = [430, 330, 860, 16, 26];

export function chart(results: readonly ScenarioResult[], title: string): string {
  const rows: string[] = [];
  let y = 62;
  for (const { title: scenario, figures, goal } of results) {
    rows.push(text(20, y, scenario, "start", 13));
    y += 8;
    for (const { name, value, unit } of figures) {
      const most = Math.max(
        ...figures.filter((each) => each.unit === unit).map((each) => each.value),
      );
      const length = most > 0 ? (Math.max(value, 0) / most) * LONGEST : 0;
      rows.push(
        text(LABEL - 8, y + 12, name, "end", 11),
        `<rect x="${LABEL}" y="${y + 2}" width="${length.toFixed(1)}" height="${BAR - 3}" fill="#2f6fb0"/>`,
        text(LABEL + length + 5, y + 12, `${shown(value)} ${unit}`, "start", 10),
      );
      y += BAR;
    }
    if (goal !== undefined) rows.push(text(40, (y += 14), `Goal ${verdict(goal)}`, "start", 11));
    y += GAP;
  }
  const heading = [
    text(20, 24, "What the mock server costs, beside what its clients cost", "start", 15),
    text(20, 42, title, "start", 11),
  ];
  return svg(WIDTH, y, [...heading, ...rows]);
}
