import type { PackageNode } from "./package-graph.ts";

const WIDTH = 1000;
const MARGIN = 24;
const GAP = 20;
const ROW_GAP = 56;
const PADDING = 16;
const LINE = 18;
const TITLE = 30;
// The width of a letter of the small text, with some to spare.
const LETTER = 6.3;
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

interface Box extends PackageNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
}

interface Line {
  readonly text: string;
  readonly colour: string;
}

/** The packages, row over row: each row imports from those below it only. */
export function drawPackages(nodes: readonly PackageNode[]): string {
  const { boxes, height } = layOut(nodes);
  const arrows = boxes.flatMap((box) => arrowsFrom(box, boxes));
  const said = nodes
    .filter(({ uses }) => uses.length > 0)
    .map(({ folder, uses }) => `${folder} imports ${uses.join(", ")}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="${FONT}" role="img" aria-labelledby="title">`,
    `  <title id="title">What imports what: ${said.join("; ")}.</title>`,
    '  <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0l8 4-8 4z" fill="#8a8272"/></marker></defs>',
    `  <rect width="${WIDTH}" height="${height}" rx="12" fill="#fbfaf7"/>`,
    ...arrows.map(
      (path) =>
        `  <path d="${path}" fill="none" stroke="#8a8272" stroke-width="1.5" marker-end="url(#head)"/>`,
    ),
    ...boxes.map(drawBox),
    "</svg>\n",
  ].join("\n");
}

function layOut(nodes: readonly PackageNode[]): { boxes: Box[]; height: number } {
  const ranks = [...new Set(nodes.map(({ rank }) => rank))].toSorted((a, b) => b - a);
  const boxes: Box[] = [];
  let y = MARGIN;
  for (const rank of ranks) {
    const row = nodes.filter((node) => node.rank === rank);
    // An arrow that passes a row by goes down on the right.
    const width = (WIDTH - 2 * MARGIN - GAP - GAP * (row.length - 1)) / row.length;
    const texts = row.map((node) => linesOf(node, width - 2 * PADDING));
    const height = TITLE + PADDING + LINE * Math.max(...texts.map((lines) => lines.length));
    for (const [index, node] of row.entries()) {
      const x = MARGIN + index * (width + GAP);
      boxes.push({ ...node, x, y, width, height, lines: texts[index] ?? [] });
    }
    y += height + ROW_GAP;
  }
  return { boxes, height: y - ROW_GAP + MARGIN };
}

function linesOf({ parts, libraries, types }: PackageNode, width: number): Line[] {
  const most = Math.floor(width / LETTER);
  const paragraphs = [
    { words: parts, colour: "#3a3529", before: "" },
    { words: libraries, colour: "#7a4c22", before: "loads " },
    { words: types, colour: "#55556a", before: "types of " },
  ];
  return paragraphs
    .filter(({ words }) => words.length > 0)
    .flatMap(({ words, colour, before }) =>
      wrap(before, words.map(shortName), most).map((text) => ({ text, colour })),
    );
}

function shortName(library: string): string {
  return library.replace("@whiskeysockets/", "");
}

function wrap(before: string, words: readonly string[], most: number): string[] {
  const lines = [before];
  for (const word of words) {
    const last = lines.at(-1) ?? "";
    const text = last === before ? last + word : `${last} · ${word}`;
    if (last !== before && text.length > most) lines.push(word);
    else lines[lines.length - 1] = text;
  }
  return lines;
}

function arrowsFrom(box: Box, boxes: readonly Box[]): string[] {
  const ranksBelow = boxes.filter(({ rank }) => rank < box.rank).map(({ rank }) => rank);
  const next = Math.max(...ranksBelow);
  return box.uses.flatMap((folder) => {
    const target = boxes.find((other) => other.folder === folder);
    if (target === undefined) return [];
    const bottom = box.y + box.height;
    if (target.rank === next) {
      const narrow = target.width < box.width ? target : box;
      return [`M${round(narrow.x + narrow.width / 2)} ${bottom}V${target.y}`];
    }
    const right = WIDTH - MARGIN;
    const middle = target.y + target.height / 2;
    return [
      `M${right - GAP} ${box.y + box.height / 2}H${right}V${middle}H${round(target.x + target.width)}`,
    ];
  });
}

function drawBox({ folder, x, y, width, height, lines }: Box): string {
  return [
    "  <g>",
    `    <rect x="${round(x)}" y="${y}" width="${round(width)}" height="${height}" rx="8" fill="#efe9db" stroke="#b8ad94"/>`,
    `    <text x="${round(x + PADDING)}" y="${y + 24}" font-size="16" font-weight="600" fill="#3a3529">${folder}</text>`,
    ...lines.map(
      ({ text, colour }, index) =>
        `    <text x="${round(x + PADDING)}" y="${y + TITLE + LINE * (index + 1) - 3}" font-size="12.5" fill="${colour}">${text}</text>`,
    ),
    "  </g>",
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
