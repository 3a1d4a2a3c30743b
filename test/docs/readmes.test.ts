import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firstExample, packageExamples } from "../support/readme-examples.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
// Inside examples/, where every package of the workspace can be imported.
const folder = `${root}examples/readme/`;
const examples = packageExamples();

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of examples) writeFileSync(`${folder}${name}.ts`, code);
  const config = { extends: "../../tsconfig.test.json", include: ["."] };
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(config));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("every package that can be imported opens with an example", () => {
  expect(examples.map(({ name }) => name)).toEqual([
    "auth-stores",
    "core",
    "mock-server",
    "reconnect",
    "store-kit",
  ]);
});

test("the examples are type-correct", async () => {
  const compile = run(process.execPath, [
    `${root}node_modules/typescript/bin/tsc`,
    "-p",
    `${folder}tsconfig.json`,
  ]);
  await expect(compile).resolves.toMatchObject({ stdout: "" });
});

test.each(examples)(
  "the example of $name runs and prints what it says",
  async ({ name, output }) => {
    const { stdout } = await run(
      process.execPath,
      ["--import", "tsx", "--conditions=@motte/source", `${folder}${name}.ts`],
      { cwd: folder, timeout: 30_000 },
    );
    expect(stdout).toBe(output);
  },
);

test("the bot on the front page is the one in examples/, which its own test runs", () => {
  const page = firstExample(readFileSync(`${root}README.md`, "utf8"));
  expect(page?.code).toBe(readFileSync(`${root}examples/echo-bot.ts`, "utf8"));
});
