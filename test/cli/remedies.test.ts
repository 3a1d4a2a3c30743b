import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KEY = "0f".repeat(32);
const OTHER_KEY = "1e".repeat(32);
// Names of functions and their options, which nobody can type into a shell.
const FOR_PROGRAMS = /\w\(|[{}]|sessionId/;

test("errors about keys, bundles and moved sessions say what to do with motte", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));
  const moved = `sqlite:${folder.file("moved.db")}`;
  const taken = await pairedStore(folder.file("taken.db"));
  await writeFile(folder.file("not-a-bundle"), "x");
  const env = { ...process.env, KEY, OTHER_KEY, NO_KEY: "short", PASS: "a passphrase" };
  const failed = async (...args: string[]) => {
    const { code, error } = await runMotte(args, { env });
    expect(code).toBeGreaterThan(0);
    return error.at(-1);
  };

  const errors = [
    [await failed("inspect", store, "--key-env", "KEY"), "motte seal"],
    [await failed("inspect", store, "--key-env", "NO_KEY"), "openssl rand -hex 32"],
    [
      await failed("import", folder.file("not-a-bundle"), store, "--passphrase-env", "PASS"),
      "export",
    ],
    [await failed("migrate", store, taken), "motte reset"],
  ];
  expect((await runMotte(["migrate", store, moved])).code).toBe(0);
  errors.push([await failed("verify", store), "--ignore-migration"]);
  expect((await runMotte(["seal", moved, "--key-env", "KEY"], { env })).code).toBe(0);
  errors.push([await failed("inspect", moved), "--key-file"]);
  errors.push([await failed("inspect", moved, "--key-env", "OTHER_KEY"), "the key it has now"]);

  for (const [error, remedy] of errors) {
    expect(error).toContain(remedy);
    expect(error).not.toMatch(FOR_PROGRAMS);
  }
});
