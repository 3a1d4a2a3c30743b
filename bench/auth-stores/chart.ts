// Ratios to useMultiFileAuthState as bars on a logarithmic scale.
import { svg, text } from "../svg.ts";
import type { Results } from "./goals.ts";
import { MULTI_FILE, type Store } from "./stores.ts";

const [LABEL, WIDTH, BAR, GAP] = [190, 860, 12, 14];
const PER_DECADE = 150;
const ZERO = LABEL + PER_DECADE;
/** One family, one colour; the rows that only show a limit are grey. */
const COLOURS: readonly (readonly [names: RegExp, shades: readonly string[]])[] = [
  [/^(?:raw|write)/, ["#dddddd", "#c8c8c8", "#b3b3b3", "#9e9e9e", "#898989", "#747474"]],
  [/^SQLite/, ["#12395f", "#1f5a93", "#2f6fb0", "#7fb0dd", "#b3d2ee"]],
  [/^file/, ["#b5762a", "#e0a458"]],
  [/^Redis/, ["#c0392b"]],
  [/^/, ["#1b7f5c"]],
];

export function chart(results: Results, stores: readonly Store[], title: string): string {
  const shown = stores.filter(({ name }) => name !== MULTI_FILE && name !== "Map");
  const colours = coloursOf(shown.map(({ name }) => name));
  const rows: string[] = [];
  let y = 60;
  for (const [trace, measured] of results) {
    const base = measured.get(MULTI_FILE)?.operationsPerSecond;
    if (base === undefined) continue;
    rows.push(text(LABEL - 10, y + (shown.length * BAR) / 2, trace, "end", 13));
    for (const [index, { name }] of shown.entries()) {
      const rate = measured.get(name)?.operationsPerSecond;
      if (rate === undefined) continue;
      const ratio = rate / base;
      const length = Math.log10(ratio) * PER_DECADE;
      const x = ZERO + Math.min(length, 0);
      rows.push(
        `<rect x="${x.toFixed(1)}" y="${y + index * BAR}" width="${Math.abs(length).toFixed(1)}" height="${BAR - 2}" fill="${colours.get(name)}"/>`,
        text(
          ZERO + Math.max(length, 0) + 4,
          y + index * BAR + 9,
          `${ratio < 10 ? ratio.toPrecision(2) : ratio.toFixed(0)}x`,
          "start",
          9,
        ),
      );
    }
    y += shown.length * BAR + GAP;
  }
  const legend = shown.map(({ name, durability }, index) => {
    const at = y + 10 + index * 16;
    return `<rect x="${LABEL}" y="${at}" width="11" height="11" fill="${colours.get(name)}"/>${text(LABEL + 17, at + 10, `${name} (survives: ${durability})`, "start", 12)}`;
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

function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [family, shades] of COLOURS) {
    const members = names.filter((name) => !given.has(name) && family.test(name));
    for (const [index, name] of members.entries()) {
      given.set(name, shades[index % shades.length] ?? "#000000");
    }
  }
  return given;
}
