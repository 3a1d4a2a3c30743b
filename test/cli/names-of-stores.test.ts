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

test("folders that are stores by themselves are listed among sessions with the name that opens them", async () => {
  await using folder = await temporaryFolder();
  const here = { cwd: folder.path };
  await mkdir(folder.file("sessions"));
  for (const [name, options] of [
    ["acme", {}],
    ["beta", {}],
    ["gamma", { sessionId: "gamma" }],
    ["%c3%9f", { sessionId: "ß" }],
  ] as const) {
    await using auth = await useFileAuthState(folder.file(`sessions/${name}`), options);
    await auth.saveCreds();
  }

  const { out } = await runMotte(["sessions", "files:sessions"], here);
  expect(out.slice(1).map((line) => line.replace(/ .*nothing/, ""))).toEqual([
    "gamma",
    "ß",
    "default  open it as file:sessions/acme",
    "default  open it as file:sessions/beta",
  ]);
  for (const [store, words] of [
    ["files:sessions#acme", /files:sessions#acme cannot .*: write file:sessions\/acme$/],
    ["files:sessions#default", /write file:sessions\/acme \(and 1 more, which motte sessions/],
  ] as const) {
    const { code, error } = await runMotte(["inspect", store], here);
    expect([code, error]).toEqual([2, [expect.stringMatching(words)]]);
  }
  for (const store of ["files:sessions#gamma", "files:sessions#ß", "file:sessions/acme"]) {
    expect((await runMotte(["verify", store], here)).code).toBe(0);
  }
});
