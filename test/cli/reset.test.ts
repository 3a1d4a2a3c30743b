import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { useSqliteAuthState } from "@motte/auth-stores";
import { expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { runMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("motte reset archives a session, removes it, and says how to bring it back", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));

  const { code, out, error } = await runMotte(["reset", store, "--yes"]);

  const [name = ""] = (await readdir(folder.path)).filter((file) =>
    file.startsWith("motte-backup"),
  );
  const archive = folder.file(name);
  const text = out.join("\n").replaceAll(archive, "~/archive.db").replaceAll(folder.path, "~");
  await expect(`${text}\n`).toMatchFileSnapshot("golden/reset.txt");
  expect({ code, error }).toEqual({ code: 0, error: [] });
  expect((await stat(archive)).mode & 0o777).toBe(0o600);
  expect((await runMotte(["sessions", store])).out).toEqual(["no sessions"]);

  const again = await runMotte(["reset", store, "--yes"]);
  expect(again).toMatchObject({ code: 2, out: [], error: [expect.stringMatching(/no sessions/)] });
  const back = await runMotte(["migrate", `sqlite:${archive}`, store]);
  expect(back.out[0]).toMatch(/^✓ acme: 46 records and creds/);
});

test("only the session that is named goes, to the folder that is named", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"), { sessionId: "one" });
  await pairedStore(folder.file("wa.db"), { sessionId: "two" });
  await mkdir(folder.file("archives"));

  const unnamed = await runMotte(["reset", store, "--yes"]);
  expect(unnamed).toMatchObject({ code: 2, error: [expect.stringMatching(/has 2 sessions/)] });
  const args = ["reset", `${store}#one`, "--yes", "--json", "--backup", folder.file("archives")];
  const { out, code } = await runMotte(args);
  expect(JSON.parse(out.join(""))).toMatchObject({ session: "one", removed: true });
  expect(code).toBe(0);
  expect((await runMotte(["sessions", store])).out.map((line) => line.slice(0, 3))).toEqual([
    "ses",
    "two",
  ]);
  expect(await readdir(folder.file("archives"))).toHaveLength(1);
});

test("where nobody can be asked it does nothing without --yes", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));

  const { code, out, error } = await runMotte(["reset", store]);

  expect(error).toEqual([expect.stringMatching(/acme.*add --yes/)]);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(await readdir(folder.path)).toEqual(["wa.db"]);
  expect((await runMotte(["sessions", store])).out).toHaveLength(2);
});

test("a session in use is neither archived nor removed, with code 4", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));
  await using bot = await useSqliteAuthState(folder.file("wa.db"), { sessionId: "acme" });

  const { code, error } = await runMotte(["reset", store, "--yes"]);

  expect(code).toBe(4);
  expect(error).toEqual([expect.stringContaining(`${process.pid}@`)]);
  expect((await readdir(folder.path)).filter((name) => name.includes("backup"))).toEqual([]);
  bot.state.creds.nextPreKeyId = 7;
  await bot.saveCreds();
});

test("a place for the archive that cannot be used is refused before anything is removed", async () => {
  await using folder = await temporaryFolder();
  const store = await pairedStore(folder.file("wa.db"));

  const args = ["reset", store, "--yes", "--backup", folder.file("missing")];
  const { code, error } = await runMotte(args);

  expect(error).toEqual([expect.stringMatching(/--backup/)]);
  expect(code).toBe(2);
  expect((await runMotte(["sessions", store])).out).toHaveLength(2);
  await chmod(folder.path, 0o700);
});
