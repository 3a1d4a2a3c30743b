import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { families } from "../src/handlers/index.ts";
import { familyTable } from "./support/family-table.ts";

const MARKED = /<!-- stanza-families -->\n(?<table>[\s\S]*?)<!-- \/stanza-families -->/;

/** Cells without the padding that prettier gives them. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim().replace(/^-+$/, "-")));

test("the README lists the stanza families the code has", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const table = MARKED.exec(readme)?.groups?.["table"] ?? "";

  expect(cells(table)).toEqual(cells(familyTable(families)));
});

test("no two families have the same name", () => {
  const names = families.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
});
