import { Readable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { optionsOf } from "../src/command.ts";
import { commands } from "../src/commands/index.ts";
import { didYouMean, didYouMeanOneOf } from "../src/did-you-mean.ts";
import { motte } from "../src/motte.ts";

async function errorOf(args: readonly string[]): Promise<string> {
  const error: string[] = [];
  const code = await motte(args, commands, {
    output: { out: () => {}, error: (line) => void error.push(line) },
    input: Readable.from([]),
    signal: new AbortController().signal,
  });
  expect([code, error.length]).toEqual([2, 1]);
  return error.join("");
}

const owned = commands.flatMap((command) =>
  [...Object.keys(optionsOf(command)), "help"].map((name) => [command.name, name] as const),
);

test("every option of every command is suggested for itself with two letters swapped", async () => {
  for (const [command, option] of owned) {
    const at = option.split("").findIndex((letter, index) => letter !== option[index + 1]);
    const swapped =
      option.slice(0, at) + (option[at + 1] ?? "") + (option[at] ?? "") + option.slice(at + 2);
    const error = await errorOf([command, `--${swapped}`, "value"]);

    expect(error).toContain(`'--${swapped}'; did you mean "--${option}"?;`);
  }
});

test.each([
  [["--hepl"], 'did you mean "--help"'],
  [["--versoin"], 'did you mean "--version"'],
  [["--jsno", "mock"], 'did you mean "--json"'],
  [["-version"], 'did you mean "--version"'],
  [["-H"], 'did you mean "-h"'],
  [["--seed=1", "demo"], 'no option "--seed" of its own: it goes behind the command'],
  [["mock", "--version"], 'did you mean "motte --version"'],
  [["mock", "--versio"], 'did you mean "motte --version"'],
  [["mock", "-prot", "1"], 'did you mean "--port"'],
  [["mock", "-prot=1"], 'did you mean "--port"'],
  [["inspect", "x", "--key", "y"], 'did you mean "--key-file" or "--key-env"'],
])("motte %j", async (args, hint) => {
  expect(await errorOf(args)).toContain(hint);
});

test.each([[["-x"]], [["--"]], [["--bananas"]], [["mock", "-x"]], [["mock", "--bananas"]]])(
  "motte %j is nothing that was meant",
  async (args) => {
    expect(await errorOf(args)).not.toContain("did you mean");
  },
);

describe("what is suggested", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{4,9}$/), { minLength: 1, maxLength: 8 });

  test("is always one that is known, and a word for itself before any other", () => {
    fc.assert(
      fc.property(words, fc.stringMatching(/^[a-z]{1,9}$/), (known, word) => {
        const quoted = /"([a-z]+)"/.exec(didYouMean(word, known))?.[1];
        expect(quoted === undefined || known.includes(quoted)).toBe(true);
        expect(didYouMean(known[0] ?? "", known)).toBe(`; did you mean "${known[0]}"?`);
      }),
    );
  });

  test("for the beginning of a word is the whole, unless that could be anything", () => {
    expect(didYouMean("migr", ["migrate", "mock"])).toBe('; did you mean "migrate"?');
    expect(didYouMean("m", ["migrate", "mock"])).toBe("");
    const many = ["to-one", "to-two", "to-three", "to-four"];
    expect(didYouMean("to-", many)).toBe("");
  });

  test("for names of several words is three at most, those mistyped before those akin", () => {
    const known = ["stream-end", "stream-error", "drop-ack", "iq-error", "stream-limit"];
    expect(didYouMeanOneOf("stream-eror", known)).toBe(
      '; did you mean "stream-error", "stream-end" or "stream-limit"?',
    );
    expect(didYouMeanOneOf("acks", known)).toBe('; did you mean "drop-ack"?');
    expect(didYouMeanOneOf("bananas", known)).toBe("");
  });
});
