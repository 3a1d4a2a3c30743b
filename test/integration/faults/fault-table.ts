import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FaultCase } from "./fault-case.ts";

const README = fileURLToPath(new URL("../../../packages/mock-server/README.md", import.meta.url));
const HEAD = ["fault", "settings", "while the client", "what real Baileys does"] as const;

/** A row: the fault, its settings, what the client does, and what it was seen to do. */
export type FaultRow = readonly [fault: string, settings: string, words: string, seen: string];

/** The row of a case, once it is known what the client does. */
export function rowOf(each: FaultCase, seen: string): FaultRow {
  const {
    fault,
    settings,
    stageSettings,
    while: { words },
  } = each;
  const given = Object.entries(settings ?? {}).map(
    ([name, value]) => `${name}: ${JSON.stringify(value)}`,
  );
  if (stageSettings !== undefined) given.push(stageSettings.words);
  return [`\`${fault}\``, given.length === 0 ? "" : `\`${given.join(", ")}\``, words, cell(seen)];
}

/** The rows of a group's table in the README. */
export function readRows(group: string): readonly FaultRow[] {
  const table = marks(group).exec(readFileSync(README, "utf8"))?.groups?.["table"] ?? "";
  return table
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => {
      const [, fault = "", settings = "", words = "", seen = ""] = line
        .split(/(?<!\\)\|/)
        .map((each) => each.trim());
      return [fault, settings, words, seen];
    });
}

/** Puts a group's table into the README, between its marks. */
export function writeRows(group: string, rows: readonly FaultRow[]): void {
  const readme = readFileSync(README, "utf8");
  if (!marks(group).test(readme)) throw new Error(`The README has no marks for "${group}" faults`);
  const table = `${begin(group)}\n\n${markdown([HEAD, ...rows])}\n\n${end(group)}`;
  writeFileSync(
    README,
    readme.replace(marks(group), () => table),
  );
}

function markdown(lines: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const padded = (line: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (line[column] ?? "").padEnd(width, fill)).join(" | ")} |`;
  const [head = [], ...rows] = lines;
  return [padded(head, " "), padded([], "-"), ...rows.map((row) => padded(row, " "))].join("\n");
}

/** A text as it may stand in a cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "\\<").replaceAll("*", "\\*");
}

function begin(group: string): string {
  return `<!-- faults: ${group} -->`;
}

function end(group: string): string {
  return `<!-- /faults: ${group} -->`;
}

function marks(group: string): RegExp {
  return new RegExp(`${begin(group)}\\n(?<table>[\\s\\S]*?)${end(group)}`);
}
