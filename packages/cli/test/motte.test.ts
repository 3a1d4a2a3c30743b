import { Readable } from "node:stream";
import { UsageError } from "@motte/core/errors";
import { expect, test } from "vitest";
import { type Command, numberOption, textOption } from "../src/command.ts";
import { motte } from "../src/motte.ts";

/** Runs `motte` with one command, and collects what it writes. */
async function run(args: readonly string[], command: Partial<Command> = {}) {
  const out: string[] = [];
  const error: string[] = [];
  const code = await motte(
    args,
    [
      {
        name: "try",
        summary: "try something",
        options: { port: { type: "string", value: "number", help: "a port" } },
        run: async () => 0,
        ...command,
      },
    ],
    {
      output: { out: (line) => void out.push(line), error: (line) => void error.push(line) },
      input: Readable.from([]),
      signal: new AbortController().signal,
    },
  );
  return { code, out, error };
}

test("a command gets its options and its exit code goes out", async () => {
  const seen: unknown[] = [];
  const { code } = await run(["try", "--port", "80"], {
    run: async (values) => {
      seen.push(numberOption(values, "port"), textOption(values, "host"));
      return 1;
    },
  });

  expect(seen).toEqual([80, undefined]);
  expect(code).toBe(1);
});

test("a usage error is one line and exit code 2, anything else exit code 1", async () => {
  const usage = await run(["try"], {
    run: async () => {
      throw new UsageError("USAGE_INVALID_OPTION", "use 1");
    },
  });
  const other = await run(["try"], {
    run: async () => {
      throw new Error("it broke");
    },
  });

  expect(usage).toEqual({ code: 2, out: [], error: ["use 1"] });
  expect(other).toEqual({ code: 1, out: [], error: ["it broke"] });
});

test("an unknown option is refused before the command runs", async () => {
  let ran = false;
  const { code, error } = await run(["try", "--prot", "1"], {
    run: async () => {
      ran = true;
      return 0;
    },
  });

  expect(code).toBe(2);
  expect(error).toEqual([
    "motte try: Unknown option '--prot'; its options are --port (motte try --help)",
  ]);
  expect(ran).toBe(false);
});

test("help lists the commands, and each command's options", async () => {
  expect((await run(["--help"])).out).toContain("  try  try something");
  expect((await run(["try", "--help"])).out.join("\n")).toBe(
    "motte try: try something\n\nOptions:\n  --port <number>  a port",
  );
});
