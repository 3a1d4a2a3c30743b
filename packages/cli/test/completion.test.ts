import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { shells } from "../src/completion/shells.ts";

/** What a real bash offers for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const script = [
    shells.get("bash")?.(commands),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_motte",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script]);
  return stdout.split("\n").filter((line) => line !== "");
}

test("bash completes commands", async () => {
  expect(await offered("motte", "mo")).toEqual(["mock"]);
  expect(await offered("motte", "")).toEqual([
    ...commands.map(({ name }) => name),
    "--help",
    "--version",
  ]);
  expect(await offered("motte", "help", "de")).toEqual(["demo"]);
});

test("bash completes the options of each command, and leaves other words to the files", async () => {
  expect(await offered("motte", "mock", "--re")).toEqual(["--ready-file"]);
  expect(await offered("motte", "demo", "--re")).toEqual([]);
  expect(await offered("motte", "demo", "--s")).toEqual(["--seed"]);
  expect(await offered("motte", "demo", "")).toEqual([]);
});

test.each([...shells])("the script for %s names every command and every option", (_, script) => {
  const text = script(commands);
  for (const { name, options } of commands) {
    expect(text).toContain(name);
    for (const option of Object.keys(options)) expect(text).toContain(option);
  }
});
