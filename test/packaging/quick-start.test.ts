import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openStage } from "@motte/mock-server";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeBlocks, firstExample } from "../support/code-blocks.ts";
import { type WatchedProcess, watchProcess } from "../support/watched-process.ts";
import { type PackedProject, packedProject } from "./packed-project.ts";

// The front page as somebody new to it takes it: nothing but what it says, in an empty folder, from the tarballs.
const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const bot = firstExample("README.md")?.code ?? "";
const INSTALLING_MS = 240_000;

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject(commandOnPage("npm install"));
  await writeFile(join(project.folder, "bot.mjs"), bot);
}, INSTALLING_MS);
afterAll(() => project[Symbol.asyncDispose]());

/** The lines of a page's shell blocks that say this. */
function commandsOn(page: string, part: string): string[] {
  const blocks = codeBlocks(page).filter(({ language }) => language === "sh");
  return blocks.flatMap(({ code }) => code.split("\n")).filter((line) => line.includes(part));
}

/** The one line of the front page's shell blocks that says this. */
function commandOnPage(part: string): string {
  const [line, another] = commandsOn("README.md", part);
  if (line === undefined || another !== undefined) throw new Error(`not one line says ${part}`);
  return line;
}

/** Starts a line of the page in a shell, in a folder of the project, so that databases do not meet. */
async function shell(line: string, folder = "."): Promise<WatchedProcess> {
  const cwd = join(project.folder, folder);
  await mkdir(cwd, { recursive: true });
  // The shell is replaced by the program, so that signals get to it.
  return watchProcess("bash", ["-c", `exec env ${line}`], { cwd, env: project.env });
}

test("the installed motte says the version it was packed with", async () => {
  const manifest = await readFile(join(root, "packages/cli/package.json"), "utf8");
  await using motte = await shell("npx motte --version");

  expect(await motte.ended()).toBe(0);
  expect(motte.out).toEqual([(JSON.parse(manifest) as { version: string }).version]);
});

test("the bot of the front page is linked and answers under motte run", async () => {
  const line = commandOnPage("motte run").replace("bot.mjs", "../bot.mjs");
  await using motte = await shell(line, "run");

  await motte.prints(/^motte: the contact got: hello$/);
  expect(await motte.ended()).toBe(0);
});

/** Plays the phone by hand, as the page tells; answers what the contact got. */
async function playedByHand(program: string, folder: string): Promise<string> {
  await using mock = await shell(commandOnPage("motte mock").replace("8484", "0"), folder);
  const url = /ws:\/\/\S+/.exec(await mock.prints(/^listening/))?.[0] ?? "";
  const line = commandOnPage("WA_URL=");
  await using started = await shell(
    line.replace(/WA_URL=\S+/, `WA_URL=${url}`).replace("bot.mjs", `../${program}`),
    folder,
  );
  mock.type(`scan ${await started.prints(/^https:\/\//)}`);
  await mock.prints(/^logged in/);
  mock.type("say hello");
  const answer = await mock.prints(/^the contact got/);
  started.kill("SIGTERM");
  mock.type("quit");
  expect(await mock.ended()).toBe(0);
  expect(started.lines.filter((text) => /privKey|Closing session/.test(text))).toEqual([]);
  return answer;
}

test.concurrent("it answers a phone and a contact played by hand", async () => {
  expect(await playedByHand("bot.mjs", "esm")).toBe("the contact got: hello");
});

test.concurrent(
  "the same program answers from CommonJS, with require in place of import",
  async () => {
    const [imports = "", body = ""] = bot.split(/\n\n([\s\S]*)/);
    const requires = imports.replaceAll(
      /import (\{[^}]*\}) from ("[^"]+");/g,
      "const $1 = require($2);",
    );
    expect(requires.match(/require\(/g)).toHaveLength(5);
    await writeFile(join(project.folder, "bot.cjs"), `${requires}\n(async () => {\n${body}})();\n`);

    expect(await playedByHand("bot.cjs", "cjs")).toBe("the contact got: hello");
  },
);

test("the guide's commands move a login off useMultiFileAuthState, and back", async () => {
  const guide = "docs/guides/from-multi-file-auth-state.md";
  const auth = join(project.folder, "moving/auth");
  await using stage = await openStage();
  const client = await stage.linkClient({ openAuth: () => useMultiFileAuthState(auth) });
  await client[Symbol.asyncDispose](); // The guide says: stop the bot.
  const me = (await useMultiFileAuthState(auth)).state.creds.me?.id;

  for (const part of ["motte migrate", "motte verify"]) {
    for (const line of commandsOn(guide, part)) {
      if (line.includes("auth-again")) continue;
      await using motte = await shell(line, "moving");
      expect([line, await motte.ended()]).toEqual([line, 0]);
    }
  }
  const [back = ""] = commandsOn(guide, "auth-again");
  await using motte = await shell(back, "moving");
  expect(await motte.ended()).toBe(0);

  const again = await useMultiFileAuthState(join(project.folder, "moving/auth-again"));
  expect(me).toBeDefined();
  expect(again.state.creds.me?.id).toBe(me);
});

test("the steps of the workflow to copy pass, on the bot and the test of its guide", async () => {
  const workflow = await readFile(join(root, "examples/ci/bot-test.yml"), "utf8");
  const [install, ...steps] = [...workflow.matchAll(/- run: (?<line>.+)/g)].map(([, line]) => line);
  const guide = firstExample("docs/guides/testing-in-ci.md")?.code ?? "";
  const folder = join(project.folder, "ci");
  await mkdir(folder);
  await writeFile(join(folder, "bot.mjs"), bot);
  await writeFile(join(folder, "bot.test.mjs"), guide);

  expect(install).toBe("npm ci"); // What was installed above stands for it.
  expect(steps).toHaveLength(2);
  for (const line of steps) {
    await using step = await shell(line ?? "", "ci");
    expect([line, await step.ended()]).toEqual([line, 0]);
  }
});

test("the installed types check the bot", async () => {
  await writeFile(join(project.folder, "bot.mts"), bot);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = "--strict --noEmit --skipLibCheck --target es2023 --module nodenext".split(" ");
  await expect(
    run(process.execPath, [tsc, ...options, "bot.mts"], { cwd: project.folder }),
  ).resolves.toMatchObject({ stdout: "" });
});
