import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { commands } from "../../packages/cli/src/commands/index.ts";
import { program } from "../support/run-bot.ts";
import { type MotteRun, motteFile, run } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Each takes more than half a second of a processor.
const HEAVY = { baileys: "@whiskeysockets/baileys", "the mock server": "/mock-server/" };

/** Runs `motte` in a folder with a file `plain`, and tells which of the heavy parts it has loaded. */
async function loadedBy(args: readonly string[]): Promise<MotteRun & { readonly heavy: string[] }> {
  await using folder = await temporaryFolder();
  await writeFile(folder.file("plain"), "no JSON");
  const loaded = folder.file("loaded");
  const node = ["--import", program("record-loaded.mjs"), motteFile];
  const env = { ...process.env, MOTTE_TEST_LOADED: loaded };
  const ended = await run(process.execPath, [...node, ...args], { cwd: folder.path, env });
  const modules = await readFile(loaded, "utf8");
  expect(modules).toContain("/motte.js");
  const heavy = Object.entries(HEAVY).filter(([, part]) => modules.includes(part));
  return { ...ended, heavy: heavy.map(([name]) => name) };
}

describe("neither Baileys nor the mock server is loaded for", () => {
  test.each([[["--help"]], ...commands.map(({ name }) => [[name, "--help"]])])(
    "%j",
    async (args) => {
      expect(await loadedBy(args)).toMatchObject({ code: 0, heavy: [] });
    },
  );

  test.each([["bash"], ["zsh"], ["fish"]])("completion %s", async (shell) => {
    expect(await loadedBy(["completion", shell])).toMatchObject({ code: 0, heavy: [] });
  });

  test.each([
    "demo --no-such-option",
    "demo --data missing",
    "mock --port 65536",
    "mock --faults plain",
    "run --scan never -- node bot.js",
    "run --port 65536 -- node bot.js",
    "run --",
    "pair sqlite:wa.db --phone 12",
    "pair sqlite:wa.db --url plain",
    "pair sqlite:missing/wa.db",
    "sessions sqlite:missing",
    "inspect sqlite:missing",
    "verify file:plain",
    "doctor sqlite:missing",
    "repair sqlite:missing",
    "migrate sqlite:missing sqlite:new.db",
    "export sqlite:missing new.motte --passphrase-env NONE",
    "import missing.motte sqlite:new.db --passphrase-env NONE",
    "reset sqlite:missing",
    "seal sqlite:wa.db",
    "unseal sqlite:wa.db",
    "rotate-key sqlite:wa.db",
    "simulate never",
    "trace missing",
    "trace http://127.0.0.1:1",
    "trace missing --replay -- node bot.js",
    "bench nothing",
    "bench key-store --rounds 0",
    "bench messages --html missing/report.html",
    "bench migration --store sqlite:missing",
  ])("%s, which is refused", async (call) => {
    expect(await loadedBy(call.split(" "))).toMatchObject({ code: 2, heavy: [] });
  });
});

test("nor for a fault that is written in another way", async () => {
  const { code, heavy } = await loadedBy(["mock", "--fault", "stream-error 503"]);

  expect({ code, heavy }).toEqual({ code: 2, heavy: [] });
});

test("what starts a server loads both", async () => {
  const { heavy } = await loadedBy(["mock", "--list-faults"]);

  expect(heavy).toEqual(Object.keys(HEAVY));
});
