import { mkdir, readdir, writeFile } from "node:fs/promises";
import { useFileAuthState } from "@motte/auth-stores";
import { expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a path alone, and a kind that does not fit, are told with the name that does", async () => {
  await using folder = await temporaryFolder();
  await mkdir(folder.file("auth"));
  await writeFile(folder.file("wa.db"), "");
  const here = { cwd: folder.path };

  for (const [store, words] of [
    ["wa.db", /did you mean "sqlite:wa\.db"\?/],
    ["./wa.db#acme", /did you mean "sqlite:\.\/wa\.db#acme"\?/],
    ["auth", /did you mean "file:auth"\?/],
    ["sqlite:auth", /write file:auth if/],
    ["file:wa.db", /write sqlite:wa\.db if/],
  ] as const) {
    const { code, error } = await runMotte(["sessions", store], here);
    expect([code, error]).toEqual([2, [expect.stringMatching(words)]]);
  }
});

test("a folder of Baileys that is not there makes no target", async () => {
  await using folder = await temporaryFolder();
  const here = { cwd: folder.path };

  const { code, error } = await runMotte(["migrate", "baileys:auth", "sqlite:wa.db"], here);

  expect([code, error]).toEqual([2, [expect.stringMatching(/baileys:auth is not there/)]]);
  expect(await readdir(folder.path)).toEqual([]);
});

test("a folder whose account has moved is not read as Baileys' own, which would hide that", async () => {
  await using folder = await temporaryFolder();
  const from = await pairedStore(folder.file("wa.db"));
  const [auth, next] = [folder.file("auth"), `sqlite:${folder.file("next.db")}`];
  expect((await runMotte(["migrate", from, `file:${auth}`])).code).toBe(0);
  expect((await runMotte(["migrate", `file:${auth}`, next])).code).toBe(0);

  const refused = await runMotte(["migrate", `baileys:${auth}`, from]);

  expect(refused.code).toBe(2);
  expect(refused.error).toEqual([expect.stringContaining(`name it file:${auth}`)]);
  await expect(useFileAuthState(auth, { sessionId: "acme" })).rejects.toMatchObject({
    code: "AUTH_STORE_MIGRATED",
  });
});
