import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const README = fileURLToPath(new URL("../../packages/reconnect/README.md", import.meta.url));
const SECTION = "## Side by side\n";
/** The tables of the section, in their order: lines that begin with a bar. */
const TABLE = /(?:^\|.*\n)+/gm;

/** The tables that the section has now. */
export async function tablesOfReadme(): Promise<string[]> {
  const [, section] = await parts();
  return (section.match(TABLE) ?? []).map((table) => table.trimEnd());
}

/** Puts other figures into the tables of the section; the text around them is a person's. */
export async function writeIntoReadme(tables: readonly string[]): Promise<void> {
  const [before, section, after] = await parts();
  let index = 0;
  const renewed = section.replace(TABLE, (old) => `${tables[index++] ?? old.trimEnd()}\n`);
  if (index !== tables.length) {
    throw new Error(`The section has ${index} tables where ${tables.length} are needed`);
  }
  await writeFile(README, before + renewed + after);
}

async function parts(): Promise<[before: string, section: string, after: string]> {
  const readme = await readFile(README, "utf8");
  const start = readme.indexOf(SECTION);
  if (start < 0) throw new Error(`The README has no section "${SECTION.trim()}"`);
  const end = readme.indexOf("\n## ", start + SECTION.length);
  const until = end < 0 ? readme.length : end;
  return [readme.slice(0, start), readme.slice(start, until), readme.slice(until)];
}
