import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { codeBlocks, pages, readPage } from "../support/code-blocks.ts";
import { runMotte } from "../support/run-motte.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const all = pages();

/** The links of a page to files of the repository, without those to other sites. */
function linksOf(page: string): { file: string; anchor: string | undefined }[] {
  const text = readPage(page).replaceAll(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/\]\((?<to>[^)\s]+)\)/g)].flatMap(({ groups }) => {
    const to = groups?.["to"] ?? "";
    if (/^[a-z]+:/.test(to)) return [];
    const [path = "", anchor] = to.split("#");
    const file = path === "" ? page : posix.join(posix.dirname(page), path);
    return [{ file, anchor }];
  });
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const text = readPage(page).replaceAll(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/^#+ (?<heading>.+)$/gm)].map(({ groups }) =>
    (groups?.["heading"] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(all)("every link of %s leads somewhere", (page) => {
  const lost = linksOf(page).filter(({ file, anchor }) => {
    if (!existsSync(`${root}${file}`)) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
  expect(lost).toEqual([]);
});

test("every page is within reach of the front page", () => {
  const reached = new Set<string>();
  const open = ["README.md"];
  for (let page = open.pop(); page !== undefined; page = open.pop()) {
    if (reached.has(page)) continue;
    reached.add(page);
    for (const { file } of linksOf(page)) {
      if (existsSync(`${root}${file}/README.md`)) open.push(`${file}/README.md`);
      else if (file.endsWith(".md")) open.push(file);
    }
  }
  expect(all.filter((page) => !reached.has(page))).toEqual([]);
});

test("protocol sources names files and folders that there are", () => {
  const page = readPage("docs/protocol-sources.md");
  const named = [...page.matchAll(/`(?<path>[\w-]+(?:\/[\w-]+)+(?:\.js)?)`/g)].map(
    ({ groups }) => groups?.["path"] ?? "",
  );
  const baileys = createRequire(`${root}examples/package.json`)
    .resolve("@whiskeysockets/baileys")
    .replace(/lib.index\.js$/, "lib/");
  const homes = [baileys, `${root}packages/`, root];
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !homes.some((home) => existsSync(`${home}${path}`)))).toEqual([]);
});

test("every motte command on a page exists, with the options it is shown with", async () => {
  const shown = all
    .flatMap((page) => codeBlocks(page))
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.split("\n"))
    .flatMap((line) => /(?:^|npx )motte (?<rest>.*)$/.exec(line)?.groups?.["rest"] ?? []);
  const unknown: string[] = [];
  const helps = new Map<string, string>();
  for (const line of shown) {
    const [command = "", ...words] = line.replace(/ -- .*$/, "").split(/\s+/);
    if (!helps.has(command)) {
      const { code, out } = await runMotte([command, "--help"]);
      helps.set(command, code === 0 ? out.join("\n") : "");
    }
    const options = words.filter((word) => word.startsWith("--"));
    const known = (option: string): boolean =>
      new RegExp(`${option}(?![\\w-])`).test(helps.get(command) ?? "");
    if (helps.get(command) === "" || !options.every(known)) unknown.push(line);
  }
  expect(shown.length).toBeGreaterThan(10);
  expect(unknown).toEqual([]);
});
