import { readdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pairedStore } from "../support/paired-store.ts";
import { type MotteRun, motteFile, run, runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

// Room for some of what is copied, not for all of it.
const ROOM = 90_000;
const GOES_ON =
  /Mend that and run the same call again: it goes on where it stopped\. .* motte reset removes it$/;

let folder: TemporaryFolder;
let store: string;
let pass: readonly string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await pairedStore(folder.file("from.db"), { preKeys: 200, mappings: 1_500 });
  await writeFile(folder.file("pass"), "a long passphrase\n");
  pass = ["--passphrase-file", folder.file("pass")];
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Runs `motte` where no file grows larger than this, as setrlimit(2) does: writes beyond it fail with EFBIG. */
function withRoom(bytes: number, args: readonly string[]): Promise<MotteRun> {
  return run("prlimit", [`--fsize=${bytes}`, process.execPath, motteFile, ...args]);
}

/** The session in a store that ran out of space does not open, with what to do. */
async function expectHalf(target: string): Promise<void> {
  const half = await runMotte(["inspect", target]);
  expect(half.error).toEqual([
    expect.stringMatching(/motte migrate or motte import .*motte reset/),
  ]);
  expect(half.code).toBe(1);
}

test("a migration onto a full disk says how to go on, and goes on once there is room", async () => {
  const to = `sqlite:${folder.file("migrated.db")}`;

  const full = await withRoom(ROOM, ["migrate", store, to]);

  expect(full.error.at(-1)).toMatch(GOES_ON);
  expect(full.error.at(-1)).not.toContain("nothing was changed");
  expect(full.code).toBe(1);
  await expectHalf(to);
  // The account goes on from where it is.
  expect((await runMotte(["verify", store])).code).toBe(0);

  // To files, a new store has no room for its creds.
  const none = await withRoom(400, ["migrate", store, `file:${folder.file("files")}`, "--json"]);
  expect(JSON.parse(none.out.join(""))).toEqual({
    error: { code: "AUTH_STORE_UNAVAILABLE", message: expect.stringMatching(GOES_ON) },
  });

  const again = await runMotte(["migrate", store, to]);
  expect(again.code).toBe(0);
  expect((await runMotte(["verify", to])).out.at(-1)).toBe("✓ sound");
  // And back, for the other tests.
  expect((await runMotte(["migrate", to, store])).code).toBe(0);
});

test("a half copy is removed by motte reset", async () => {
  const to = `sqlite:${folder.file("given-up.db")}`;
  expect((await withRoom(ROOM, ["migrate", store, to])).code).toBe(1);

  expect((await runMotte(["reset", to, "--yes"])).code).toBe(0);

  expect((await runMotte(["sessions", to, "--json"])).out.map((line) => JSON.parse(line))).toEqual([
    { location: to, sessions: [] },
  ]);
  expect((await runMotte(["verify", store])).code).toBe(0);
});

test("an export onto a full disk leaves nothing, an import goes on once there is room", async () => {
  const file = folder.file("acme.motte");

  const refused = await withRoom(40_000, ["export", store, file, ...pass]);
  expect(refused.error).toEqual([expect.stringMatching(/nothing of it is left: free space/)]);
  expect((await readdir(folder.path)).filter((name) => name.includes("acme.motte"))).toEqual([]);
  expect((await runMotte(["export", store, file, ...pass])).code).toBe(0);

  const to = `sqlite:${folder.file("imported.db")}`;
  const full = await withRoom(ROOM, ["import", file, to, ...pass]);
  expect(full.error.at(-1)).toMatch(GOES_ON);
  expect(full.code).toBe(1);
  await expectHalf(to);
  expect((await runMotte(["import", file, to, ...pass])).code).toBe(0);
  expect((await runMotte(["verify", to])).out.at(-1)).toBe("✓ sound");
});
