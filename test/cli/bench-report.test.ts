import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, assert, beforeAll, expect, test } from "vitest";
import { HeadlessChromium } from "../support/headless-chromium.ts";
import { pairedStore } from "../support/paired-store.ts";
import { runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

let folder: TemporaryFolder;
let chromium: HeadlessChromium;
let own: string;
let copies: string;
let kept: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  chromium = await HeadlessChromium.start();
  own = folder.file("report.html");
  const args = ["bench", "key-store", "--quick", "--rounds", "3", "--store", "memory:"];
  const { code, out } = await runMotte([...args, "--html", own]);
  assert.deepEqual([code, out.at(-1)], [0, `charts: ${own}`]);
  copies = folder.file("copies.html");
  const store = await pairedStore(folder.file("of-an-account-with-a-long-name.db"));
  const copying = ["bench", "migration", "--quick", "--rounds", "2", "--store", store];
  const copied = await runMotte([...copying, "--html", copies]);
  assert.deepEqual([copied.code, copied.out.at(-1)], [0, `charts: ${copies}`]);
  kept = folder.file("kept.html");
  // tsx has no binary of its own that is the same on every system.
  const tsx = ["--import", "tsx", fileURLToPath(new URL("../../bench/main.ts", import.meta.url))];
  await promisify(execFile)(process.execPath, [...tsx, "--draw", kept]);
});
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Runs in the page: what is drawn, and what does not fit. */
const LOOK = `(() => {
  const bars = [...document.querySelectorAll(".chart svg.bar")];
  const texts = [...document.querySelectorAll("h1, h2, h3, p, .name, .value, small, dd")];
  const width = document.documentElement.clientWidth;
  return {
    charts: document.querySelectorAll("figure.chart").length,
    bars: bars.length,
    drawn: bars.filter((bar) => bar.querySelector(".fill").getBoundingClientRect().width > 0).length,
    scrollWidth: document.documentElement.scrollWidth,
    outside: texts.filter((each) => each.getBoundingClientRect().right > width + 0.5).map((each) => each.textContent),
    tiny: texts.filter((each) => parseFloat(getComputedStyle(each).fontSize) < 12).length,
    background: getComputedStyle(document.body).backgroundColor,
    colour: getComputedStyle(document.body).color,
  };
})()`;

interface Look {
  readonly charts: number;
  readonly bars: number;
  readonly drawn: number;
  readonly scrollWidth: number;
  readonly outside: readonly string[];
  readonly tiny: number;
  readonly background: string;
  readonly colour: string;
}

for (const [report, fileOf, charts] of [
  ["motte bench", () => own, 10],
  // Of two places that it goes to, each with its ratio and its rates.
  ["motte bench migration", () => copies, 4],
  ["pnpm bench", () => kept, 20],
] as const) {
  test.each([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)(
    `the report of ${report} is whole and readable at %i px in %s`,
    async (width, colours) => {
      const opened = await chromium.open(pathToFileURL(fileOf()).href, { width, colours });
      // Its expression makes just this.
      const look = (await opened.evaluate(LOOK)) as Look;
      await keepPicture(`${report} ${width} ${colours}`, () => opened.screenshot(0, 2_400));

      expect(opened.complaints).toEqual([]);
      expect(opened.loaded).toEqual([]);
      expect(look).toMatchObject({ scrollWidth: width, outside: [], tiny: 0 });
      expect(look.charts).toBeGreaterThanOrEqual(charts);
      expect(look.bars).toBeGreaterThanOrEqual(look.charts);
      expect(look.drawn).toBe(look.bars);
      const [page, ink] = [brightness(look.background), brightness(look.colour)];
      expect(colours === "dark" ? ink - page : page - ink).toBeGreaterThan(150);
    },
  );
}

/** From 0, which is black, to 255. */
function brightness(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  return (red + green + blue) / 3;
}

/** For somebody who wants to see it: SCREENSHOTS names a folder. */
async function keepPicture(name: string, take: () => Promise<Buffer>): Promise<void> {
  const { SCREENSHOTS } = process.env;
  if (SCREENSHOTS === undefined) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await writeFile(join(SCREENSHOTS, `${name.replaceAll(" ", "-")}.png`), await take());
}
