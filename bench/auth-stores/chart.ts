// Ratios to useMultiFileAuthState as bars on a logarithmic scale.
import { svg, text } from "../svg.ts";
import type { Results } from "./goals.ts";
import { MULTI_FILE, type Store } from "./stores.ts";

const [LABEL, WIDTH, BAR, GAP] = [190, 860, 12, 14];
const PER_DECADE = 150;
const ZERO = LABEL + PER_DECADE;
const COLOURS = [
  "#1b7f5c",
  "#3fa983",
  "#8fd0b6",
  "#2f6fb0",
  "#7fb0dd",
  "#b5762a",
  "#a05195",
  "#888888",
  "#c7a26b",
  "#5b5b8a",
  "#c0392b",
  "#e59866",
];

export function chart(results: Results, stores: readonly Store[], title: string): string {
  const shown = stores.filter(({ name }) => name !== MULTI_FILE && name !== "Map");
  const rows: string[] = [];
  let y = 60;
  for (const [trace, measured] of results) {
    const base = measured.get(MULTI_FILE)?.operationsPerSecond;
    rows.push(text(LABEL - 10, y + (shown.length * BAR) / 2, trace, "end", 13));
    for (const [index, { name }] of shown.entries()) {
      const rate = measured.get(name)?.operationsPerSecond;
      if (rate === undefined || base === undefined) continue;
      const ratio = rate / base;
      const length = Math.log10(ratio) * PER_DECADE;
      const x = ZERO + Math.min(length, 0);
      rows.push(
        `<rect x="${x.toFixed(1)}" y="${y + index * BAR}" width="${Math.abs(length).toFixed(1)}" height="${BAR - 2}" fill="${colour(index)}"/>`,
        text(
          ZERO + Math.max(length, 0) + 4,
          y + index * BAR + 9,
          `${ratio.toPrecision(2)}x`,
          "start",
          9,
        ),
      );
    }
    y += shown.length * BAR + GAP;
  }
  const legend = shown.map(({ name, durability }, index) => {
    const at = y + 10 + index * 16;
    return `<rect x="${LABEL}" y="${at}" width="11" height="11" fill="${colour(index)}"/>${text(LABEL + 17, at + 10, `${name} (survives: ${durability})`, "start", 12)}`;
  });
  const height = y + 20 + shown.length * 16;
  return svg(WIDTH, height, [
    text(
      20,
      24,
      `Speed relative to Baileys' ${MULTI_FILE} (1x = the line; logarithmic)`,
      "start",
      15,
    ),
    text(20, 42, title, "start", 11),
    `<line x1="${ZERO}" y1="52" x2="${ZERO}" y2="${y}" stroke="#333333"/>`,
    ...rows,
    ...legend,
  ]);
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "#000000";
}
