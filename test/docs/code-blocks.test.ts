import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type CodeBlock,
  codeBlocks,
  firstExample,
  pages,
  readPage,
} from "../support/code-blocks.ts";
import { motteRun } from "../support/run-bot.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside examples/, where every package of the workspace can be imported.
const folder = `${root}examples/readme/`;
const blocks = pages().flatMap((page) => codeBlocks(page));
const programs = blocks.filter(({ language }) => language === "ts");
const printing = programs.filter(({ output }) => output !== undefined).map(named);
const talking = programs.filter(({ talk }) => talk !== undefined).map(named);

const HINT =
  'What a block leaves out is declared in a comment "<!-- ts" right above it: see CONTRIBUTING.md, "Add or change a page".';

function named(block: CodeBlock): CodeBlock & { readonly place: string; readonly file: string } {
  const place = `${block.page}:${block.line}`;
  return { ...block, place, file: `${folder}${place.replaceAll(/[/.:]/g, "-")}` };
}

let typeErrors: string;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, context, code } of programs.map(named)) {
    writeFileSync(`${file}.ts`, `${context}${code}`);
  }
  // Against what is built, as a user would. What a piece of a program leaves unused is used in the rest of it.
  const config = {
    extends: "../../tsconfig.test.json",
    compilerOptions: { customConditions: [], noUnusedLocals: false, noEmit: false },
    include: ["."],
  };
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config));
  const tsc = [`${root}node_modules/typescript/bin/tsc`, "-p", `${folder}tsconfig.json`];
  typeErrors = await run(process.execPath, tsc).then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout + HINT,
  );
}, 400_000);

afterAll(() => rmSync(folder, { recursive: true }));

test("no block is overlooked: each fence of a page opens or closes one that was found", () => {
  for (const page of pages()) {
    const fences = readPage(page).match(/^ *(?:```|~~~)/gm)?.length ?? 0;
    const found = codeBlocks(page).map(({ output }) => (output === undefined ? 2 : 4));
    expect([page, fences]).toEqual([page, found.reduce((sum, each) => sum + each, 0)]);
  }
});

test("a block is TypeScript, a command, what is printed, a picture or data, so that TypeScript is checked", () => {
  const languages = new Set(blocks.map(({ language }) => language));
  expect([...languages].toSorted()).toEqual(["mermaid", "sh", "ts"]);
});

test("every comment with a context stands right above its block", () => {
  for (const page of pages()) {
    const comments = readPage(page).match(/^<!-- ts\b/gm)?.length ?? 0;
    const used = codeBlocks(page).filter(({ context, talk }) => context !== "" || talk);
    expect([page, comments]).toEqual([page, used.length]);
  }
});

test("every package that can be imported opens with a program that says what it prints", () => {
  const opening = pages()
    .filter((page) => page.startsWith("packages/") && page !== "packages/cli/README.md")
    .map((page) => [page, firstExample(page)?.output?.split("\n").length]);
  expect(opening).toEqual(opening.map(([page]) => [page, expect.any(Number)]));
  expect(opening).toHaveLength(5);
});

test("all TypeScript on all pages is type-correct", () => {
  expect(typeErrors).toBe("");
});

test.each(printing)("$place runs and prints what it says", async ({ file, output }) => {
  const { stdout } = await run(process.execPath, [`${file}.js`], { cwd: folder, timeout: 150_000 });
  expect(stdout).toBe(output);
});

test.each(talking)("the bot of $place is linked and answers", async ({ file, talk }) => {
  const cwd = mkdtempSync(join(tmpdir(), "motte-talk-"));
  try {
    await using bot = motteRun({
      options: ["--contact-says", talk?.says ?? "", "--expect", talk?.gets ?? ""],
      program: [process.execPath, `${file}.js`],
      cwd,
    });
    expect([await bot.exitCode, bot.error]).toEqual([0, expect.any(Array)]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

test("the bot on the front page is the one in examples/, which its own test runs", () => {
  expect(firstExample("README.md")?.code).toBe(readPage("examples/echo-bot.ts"));
});
