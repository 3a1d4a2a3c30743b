import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fenced block of a page. */
export interface CodeBlock {
  /** The page, from the root of the repository. */
  readonly page: string;
  /** Where the block begins. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What stands in front of the code when it is checked: the comment right above the block. */
  readonly context: string;
  /** What a contact says to the bot that the block is, and is to get: the first line of that comment. */
  readonly talk: { readonly says: string; readonly gets: string } | undefined;
  /** What the program prints: the text block right below it. */
  readonly output: string | undefined;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const NOT_OURS = /(?:^|\/)(?:node_modules|dist|api|CHANGELOG\.md)(?:\/|$)/;

/** Every page of documentation, from the root of the repository. */
export function pages(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  const below = ["docs", "examples", "bench"].flatMap(markdownBelow);
  const readmes = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`);
  return [...top, ...below, ...readmes].filter((name) => !NOT_OURS.test(name)).toSorted();
}

/** Does not look into what others may be making or removing meanwhile. */
function markdownBelow(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (NOT_OURS.test(path)) return [];
    if (entry.isDirectory()) return markdownBelow(path);
    return path.endsWith(".md") ? [path] : [];
  });
}

// The comment that GitHub does not show: <!-- ts, perhaps what is said to the bot, and the lines in front of the block.
const BLOCK =
  /(?:<!-- ts(?: says "(?<says>[^"]*)" gets "(?<gets>[^"]*)")?\n(?<context>[\s\S]*?)-->\n\n?)?^```(?<language>\S*)\n(?<code>[\s\S]*?)^```\n(?:\n```text\n(?<output>[\s\S]*?)^```\n)?/gm;

/** The fenced blocks of a page, without those that only show what the one above prints. */
export function codeBlocks(page: string, text: string = readPage(page)): CodeBlock[] {
  return [...text.matchAll(BLOCK)].map(({ index, groups = {}, 0: whole }) => {
    const { says, gets, context = "", language = "", code = "", output } = groups;
    const before = text.slice(0, index + whole.indexOf("```"));
    const talk = says === undefined || gets === undefined ? undefined : { says, gets };
    return { page, line: before.split("\n").length, language, code, context, talk, output };
  });
}

/** The first TypeScript block of a page. */
export function firstExample(page: string): CodeBlock | undefined {
  return codeBlocks(page).find(({ language }) => language === "ts");
}

export function readPage(page: string): string {
  return readFileSync(`${root}${page}`, "utf8");
}
