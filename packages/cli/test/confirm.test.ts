import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Report } from "../src/report.ts";
import { confirm } from "../src/terminal/confirm.ts";

/** A terminal at which somebody types, or no terminal. */
function person(types: string, isTTY: boolean, signal = new AbortController().signal) {
  const asked: string[] = [];
  const output = { out: () => {}, error: (line: string) => void asked.push(line) };
  const input = Object.assign(new PassThrough(), { isTTY });
  if (!signal.aborted) input.end(types);
  const report = new Report(output, false);
  return { context: { input, output, report, signal }, asked };
}

test.each([
  ["y\n", true],
  [" YES \n", true],
  ["n\n", false],
  ["\n", false],
  ["yesterday\n", false],
])("%j at a terminal means %s", async (typed, meant) => {
  const { context, asked } = person(typed, true);

  expect(await confirm("Remove it?", context)).toBe(meant);

  expect(asked).toEqual(["Remove it? (y/N)"]);
});

test("where nobody can be asked, --yes has to say it", async () => {
  const { context, asked } = person("y\n", false);

  await expect(confirm("Remove it?", context)).rejects.toThrow("add --yes");

  expect(asked).toEqual([]);
});

test("Ctrl-D instead of an answer means no", async () => {
  const { context } = person("", true);

  expect(await confirm("Remove it?", context)).toBe(false);
});

test("Ctrl-C instead of an answer says what interrupted it", async () => {
  const interrupted = AbortSignal.abort(new Error("Interrupted by SIGINT"));
  const { context } = person("", true, interrupted);

  await expect(confirm("Remove it?", context)).rejects.toThrow("Interrupted by SIGINT");
});
