import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const CODE =
  /\b(?:USAGE|DEADLINE|AUTH_STORE|MIGRATION|RECONNECT|STORE_KIT|MOCK|WIRE|CLI)(?:_[A-Z]+)+\b/g;

/** Codes written as string literals in the sources of the packages. */
function codesInSources(): string[] {
  const codes = new Set<string>();
  for (const folder of readdirSync(new URL("packages/", root))) {
    const sources = new URL(`packages/${folder}/src/`, root);
    for (const file of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const text = readFileSync(new URL(file, sources), "utf8");
      for (const [, literal = ""] of text.matchAll(/"([A-Z_]+)"/g)) {
        for (const [code] of literal.matchAll(CODE)) codes.add(code);
      }
    }
  }
  return [...codes].toSorted();
}

test("docs/error-codes.md explains every code, and no code that does not exist", () => {
  const page = readFileSync(new URL("docs/error-codes.md", root), "utf8");
  const explained = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);

  expect(explained.toSorted()).toEqual(codesInSources());
});
