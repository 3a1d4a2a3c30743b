import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { UsageError } from "@motte/core/errors";
import { describe, expect, test } from "vitest";
import type { Command } from "../src/command.ts";
import { Interrupted } from "../src/interrupted.ts";
import { motte } from "../src/motte.ts";
import { choiceOption, numberOption, textOption, textOptions } from "../src/option-values.ts";

/** Runs `motte` with one command, and collects what it writes. */
async function tryMotte(
  args: readonly string[],
  command: Partial<Command> = {},
  signal = new AbortController().signal,
) {
  const out: string[] = [];
  const error: string[] = [];
  const code = await motte(
    args,
    [
      {
        name: "try",
        summary: "try something",
        options: { port: { type: "string", value: "number", help: "a port" } },
        examples: [{ call: "--port 80", about: "try it at port 80" }],
        run: async () => 0,
        ...command,
      },
    ],
    {
      output: { out: (line) => void out.push(line), error: (line) => void error.push(line) },
      input: Readable.from([]),
      signal,
    },
  );
  return { code, out, error };
}

test("a command gets its options and its exit code goes out", async () => {
  const seen: unknown[] = [];
  const { code } = await tryMotte(["try", "--port", "80"], {
    run: async (values) => {
      seen.push(numberOption(values, "port"), textOption(values, "host"));
      return 1;
    },
  });

  expect(seen).toEqual([80, undefined]);
  expect(code).toBe(1);
});

test("what was stopped says what stopped it, whatever was under way", async () => {
  const signal = AbortSignal.abort(new Interrupted("Interrupted by SIGINT"));
  const run = (): Promise<number> => setTimeout(1_000, 0, { signal });

  const { code, out, error } = await tryMotte(["try", "--json"], { run }, signal);

  expect(error).toEqual(["Interrupted by SIGINT"]);
  expect(JSON.parse(out.join(""))).toMatchObject({ error: { code: "CLI_INTERRUPTED" } });
  expect(code).toBe(1);
});

test("a usage error is one line and exit code 2, anything else exit code 1", async () => {
  const usage = await tryMotte(["try"], {
    run: async () => {
      throw new UsageError("USAGE_INVALID_OPTION", "use 1");
    },
  });
  const other = await tryMotte(["try"], {
    run: async () => {
      throw new Error("it broke");
    },
  });

  expect(usage).toEqual({ code: 2, out: [], error: ["use 1"] });
  expect(other).toEqual({ code: 1, out: [], error: ["it broke"] });
});

/** The exit code of a command that ends with such an error. */
async function exitCodeFor(code: string): Promise<number> {
  const failing = () => Promise.reject(Object.assign(new Error("it broke"), { code }));
  return (await tryMotte(["try"], { run: failing })).code;
}

test("an error that ends a command says with its code how it ended", async () => {
  expect(await exitCodeFor("MOCK_PORT_IN_USE")).toBe(2);
  expect(await exitCodeFor("MIGRATION_DIFFERENT")).toBe(3);
  expect(await exitCodeFor("AUTH_STORE_IN_USE")).toBe(4);
  expect(await exitCodeFor("AUTH_STORE_CORRUPT")).toBe(1);
});

test("an unknown option is refused before the command runs, and the nearest is named", async () => {
  let ran = false;
  const { code, error } = await tryMotte(["try", "--prot", "1"], {
    run: async () => {
      ran = true;
      return 0;
    },
  });

  expect(code).toBe(2);
  expect(error).toEqual([
    `motte try: Unknown option '--prot'; did you mean "--port"?; its options are --json, --port (motte try --help)`,
  ]);
  expect(ran).toBe(false);
});

test("a mistyped command suggests the right one, and a strange one nothing", async () => {
  expect((await tryMotte(["tyr"])).error).toEqual([
    'motte has no command "tyr"; did you mean "try"?; it has try (motte --help)',
  ]);
  expect((await tryMotte(["bananas"])).error).toEqual([
    'motte has no command "bananas"; it has try (motte --help)',
  ]);
});

describe("words besides the options", () => {
  const command: Partial<Command> = {
    arguments: [
      { name: "from", help: "a store" },
      { name: "to", help: "another store", optional: true },
    ],
  };

  test("go to the command in order, wherever the options stand", async () => {
    const seen: unknown[] = [];
    await tryMotte(["try", "a", "--port", "80", "b"], {
      ...command,
      run: async (_values, { words }) => seen.push(...words),
    });
    expect(seen).toEqual(["a", "b"]);
  });

  test("are missed", async () => {
    const { code, error } = await tryMotte(["try"], command);
    expect(error).toEqual(["motte try needs <from>, a store: motte try <from> [to] [options]"]);
    expect(code).toBe(2);
  });

  test("are too many", async () => {
    const { code, error } = await tryMotte(["try", "a", "b", "c"], command);
    expect(error).toEqual([
      'motte try does not know what to do with "c": motte try <from> [to] [options]',
    ]);
    expect(code).toBe(2);
  });
});

test("an option that may be given again keeps its values, any other its last", async () => {
  const seen: unknown[] = [];
  await tryMotte(["try", "--tag", "a", "--port", "1", "--tag", "b", "--port", "2"], {
    options: {
      tag: { type: "string", value: "text", help: "a tag", multiple: true },
      port: { type: "string", value: "number", help: "a port" },
    },
    run: async (values) => {
      seen.push(textOptions(values, "tag"), textOptions(values, "none"));
      seen.push(numberOption(values, "port"));
      return 0;
    },
  });
  expect(seen).toEqual([["a", "b"], [], 2]);
});

function tryPort(word: string) {
  return tryMotte(["try", "--port", word], {
    run: async (values) => (choiceOption(values, "port", ["80", "81", "82"]) === word ? 0 : 1),
  });
}

test("an option that is one of a few words takes no other", async () => {
  expect((await tryPort("81")).code).toBe(0);
  expect(await tryPort("83")).toMatchObject({
    code: 2,
    error: ['--port must be 80, 81 or 82, not "83"'],
  });
});

describe("with --json", () => {
  test("results are one line each, and what is for people only is left out", async () => {
    const command: Partial<Command> = {
      run: async (_values, { report }) => {
        report.say("hello");
        report.show({ number: 1, left: undefined }, ["the number", "is 1"]);
        return 0;
      },
    };
    expect((await tryMotte(["try"], command)).out).toEqual(["hello", "the number", "is 1"]);
    expect((await tryMotte(["try", "--json"], command)).out).toEqual(['{"number":1}']);
  });

  test("an error is told with its code, and as a sentence on the error output", async () => {
    const { out, error, code } = await tryMotte(["try", "--json", "--prot"]);
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { error: { code: "USAGE_UNKNOWN_OPTION", message: error[0] } },
    ]);
    expect(code).toBe(2);
  });

  test("a --json for the program that a command starts is not motte's", async () => {
    const { out } = await tryMotte(["try", "--", "node", "--json"], {
      program: "-- <program>",
      run: async (_values, { report, program }) => {
        report.say(program.join(" "));
        return 0;
      },
    });
    expect(out).toEqual(["node --json"]);
  });
});

test("--version says which motte this is", async () => {
  const manifest = JSON.parse(
    await readFile(new URL("../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  expect((await tryMotte(["--version"])).out).toEqual([manifest.version]);
});

test("help lists the commands, and each command's words, options and examples", async () => {
  expect((await tryMotte(["--help"])).out).toContain("  try  try something");
  const page = [
    "motte try: try something",
    "",
    "Usage: motte try <what> [options]",
    "",
    "Arguments:",
    "  <what>  what to try",
    "",
    "Options:",
    "  --json           print results as JSON: one document, or one line for each",
    "  --port <number>  a port",
    "",
    "Examples:",
    "  motte try --port 80",
    "      try it at port 80",
  ];
  const command = { arguments: [{ name: "what", help: "what to try" }] };
  expect((await tryMotte(["try", "--help"], command)).out).toEqual(page);
  expect((await tryMotte(["help", "try"], command)).out).toEqual(page);
});

test("--json may stand in front of the command", async () => {
  const { code, out } = await tryMotte(["--json", "try", "--help"]);

  expect(code).toBe(0);
  expect(JSON.parse(out[0] ?? "")).toMatchObject({ name: "try" });
});

test("an option that is known is not suggested for itself", async () => {
  const { error } = await tryMotte(["try", "--port"]);

  expect(error[0]).toContain("argument missing");
  expect(error[0]).not.toContain("did you mean");
});
