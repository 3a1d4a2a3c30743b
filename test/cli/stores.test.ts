import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { type AuthStateHandle, useFileAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { openSqlite } from "@motte/core/sqlite";
import { Curve, type KeyPair, useMultiFileAuthState } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotteRun, runMotte } from "../support/run-motte.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const NUMBER = "5511987654321";
const PRE_KEYS = 20;
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A store of its own for a test, with one session of a paired account. */
async function paired(name: string, sessionId = "acme"): Promise<string> {
  const file = folder.file(`${name}.db`);
  await using auth = await useSqliteAuthState(file, { sessionId });
  await fill(auth);
  return `sqlite:${file}`;
}

async function fill(auth: Pick<AuthStateHandle, "state" | "saveCreds">): Promise<void> {
  auth.state.creds.me = { id: `${NUMBER}:1@s.whatsapp.net`, name: "Ada" };
  auth.state.creds.account = { details: randomBytes(8) };
  auth.state.creds.nextPreKeyId = PRE_KEYS + 1;
  await auth.saveCreds();
  const keys = Array.from({ length: PRE_KEYS }, (_, at): [string, KeyPair] => [
    String(at + 1),
    Curve.generateKeyPair(),
  ]);
  await auth.state.keys.set({ "pre-key": Object.fromEntries(keys) });
}

const json = (run: MotteRun): unknown => JSON.parse(run.out.join("\n"));

function expectRefused(run: MotteRun, code: number, words: RegExp): void {
  expect(run.error).toEqual([expect.stringMatching(words)]);
  expect(run.out).toEqual([]);
  expect(run.code).toBe(code);
}

describe("motte sessions", () => {
  test("lists the sessions of a store", async () => {
    const store = await paired("listed");

    const shown = await runMotte(["sessions", store]);
    expect(shown.out[0]).toMatch(/^session  changed +made +open in$/);
    expect(shown.out[1]).toMatch(/^acme .* ago +\d{4}-\d\d-\d\d +nothing$/);
    expect(shown.code).toBe(0);
    expect(json(await runMotte(["sessions", store, "--json"]))).toMatchObject({
      location: store,
      sessions: [{ sessionId: "acme", owner: null }],
    });
  });

  test("says who has one open", async () => {
    const store = await paired("open");
    await using bot = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId: "acme",
    });

    const { out } = await runMotte(["sessions", store]);

    expect(bot.state.creds.me?.name).toBe("Ada");
    expect(out[1]).toContain(`${process.pid}@`);
  });
});

describe("motte inspect", () => {
  test("counts what a session holds, and hides the number", async () => {
    const store = await paired("inspected");

    const { out, code } = await runMotte(["inspect", store]);
    const all = out.join("\n");
    expect(all).toMatch(/^pre-key +20 +/m);
    expect(all).toContain("…21:1@s.whatsapp.net");
    expect(all).not.toContain(NUMBER);
    expect(code).toBe(0);
    expect(json(await runMotte(["inspect", `${store}#acme`, "--json"]))).toMatchObject({
      sessionId: "acme",
      account: { paired: true },
      families: [{ type: "pre-key", records: PRE_KEYS }],
      corrupt: 0,
    });
  });

  test("of many sessions one has to be named", async () => {
    const store = await paired("many");
    await using other = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId: "umbrella",
    });
    await other.saveCreds();

    expectRefused(await runMotte(["inspect", store]), 2, /has 2 sessions: name one as .*#acme/);
    expectRefused(await runMotte(["inspect", `${store}#acmee`]), 2, /did you mean "acme"/);
  });

  test("says which bot has a session open", async () => {
    const store = await paired("busy");
    await using bot = await useSqliteAuthState(store.slice("sqlite:".length), {
      sessionId: "acme",
    });

    const { out, code, error } = await runMotte(["inspect", store]);

    expect(bot.state.creds.me?.name).toBe("Ada");
    expect(out[2]).toContain(`open in ${process.pid}@`);
    expect([code, error]).toEqual([0, []]);
  });
});

describe("motte verify", () => {
  test("a sound session is sound, as often as it is looked at", async () => {
    const store = await paired("sound");
    for (const _ of [1, 2]) {
      const { out, code } = await runMotte(["verify", store]);
      expect(out.at(-1)).toBe("✓ sound");
      expect(code).toBe(0);
    }
  });

  test("a corrupt record and keys that do not fit are told with what to do", async () => {
    const path = folder.file("damaged");
    await mkdir(path);
    const { state, saveCreds } = await useMultiFileAuthState(path);
    Object.assign(state.creds, { registrationId: 70_000 });
    await saveCreds();
    await writeFile(`${path}/pre-key-1.json`, "{ torn");

    const { out, code } = await runMotte(["verify", `file:${path}`]);

    const all = out.join("\n");
    expect(all).toContain("✗ 1 corrupt in pre-key");
    expect(all).toContain("✗ registration-id (1)");
    expect(all).toContain("motte reset");
    expect(out.at(-1)).toBe("✗ not sound");
    expect(code).toBe(1);
  });
});

describe("motte migrate", () => {
  test("shows a plan, then copies, then the old store opens no more", async () => {
    const from = await paired("moving");
    const to = `file:${folder.file("moved")}`;

    const plan = await runMotte(["migrate", from, to, "--dry-run"]);
    expect(plan.out.at(-1)).toMatch(/^Nothing stands in the way/);
    expect(plan.code).toBe(0);
    expect((await runMotte(["sessions", from])).out).toHaveLength(2);

    const moved = await runMotte(["migrate", from, to, "--verify", "deep"]);
    expect(moved.out[0]).toMatch(/^✓ acme: 20 records and creds in /);
    expect(moved.out).toContain("✓ sound");
    expect(moved.error.map((line) => line.split(":")[0])).toEqual([
      "reading",
      "copying",
      "verifying",
    ]);
    expect(moved.code).toBe(0);

    const again = await runMotte(["migrate", from, `file:${folder.file("elsewhere")}`]);
    expect(again.code).toBe(1);
    expect(again.error.at(-1)).toMatch(/has been migrated/);
    const back = await runMotte(["migrate", to, from, "--json"]);
    expect(json(back)).toMatchObject({ session: "acme", records: PRE_KEYS, started: "returning" });
    expect(back.error).toEqual([]);
    expect(back.code).toBe(0);
  });

  test("takes a folder of Baileys, which stays as it is", async () => {
    const path = folder.file("auth_info");
    await mkdir(path);
    await fill(await useMultiFileAuthState(path));
    const before = await readdir(path);

    const run = await runMotte(["migrate", `baileys:${path}`, `sqlite:${folder.file("off.db")}`]);

    expect(run.out.at(-1)).toContain("never start the old bot again");
    expect(run.code).toBe(0);
    expect(await readdir(path)).toEqual(before);
    await using auth = await useSqliteAuthState(folder.file("off.db"), { create: "never" });
    expect(auth.state.creds.me?.id).toBe(`${NUMBER}:1@s.whatsapp.net`);
  });

  test("takes every session at once", async () => {
    const from = await paired("fleet", "one");
    await using second = await useSqliteAuthState(from.slice("sqlite:".length), {
      sessionId: "two",
    });
    await fill(second);
    await second.close();

    const { out, code } = await runMotte([
      "migrate",
      from,
      `files:${folder.file("sessions")}`,
      "--all",
    ]);

    expect(out.filter((line) => line.startsWith("✓")).map((line) => line.slice(2, 5))).toEqual([
      "one",
      "two",
    ]);
    expect(code).toBe(0);
    await using one = await useFileAuthState(folder.file("sessions/one"), {
      sessionId: "one",
      create: "never",
    });
    expect(one.state.creds.me?.name).toBe("Ada");
  });

  test("encrypts on the way, and needs the key from then on", async () => {
    const from = await paired("plain");
    const to = `sqlite:${folder.file("sealed.db")}`;
    const key = folder.file("key");
    await writeFile(key, randomBytes(32).toString("hex"));
    await writeFile(folder.file("other-key"), randomBytes(32).toString("hex"));

    expect((await runMotte(["migrate", from, to, "--to-key-file", key])).code).toBe(0);

    expect((await runMotte(["inspect", to, "--key-file", key])).code).toBe(0);
    expectRefused(await runMotte(["inspect", to]), 1, /encrypted/);
    const wrong = ["inspect", to, "--key-file", folder.file("other-key")];
    expectRefused(await runMotte(wrong), 1, /key/);
  });

  test.each([
    [["migrate", "sqlite:nowhere.db", "memory:"], /is not there/],
    [["migrate", "nonsense:x", "memory:"], /is no store/],
    [["migrate", "file:.", "baileys:./x"], /only be read/],
    [["migrate", "file:.#a", "memory:", "--all"], /name none behind #/],
    [["migrate", "file:.", "memory:", "--verify", "twice"], /quick or deep/],
    [["migrate", "file:.", "memory:", "--dry-run", "--resume"], /leave one of them out/],
    [["migrate", "file:."], /needs <to>/],
    [["sessions", "redis:x"], /no address of a Redis server/],
    [["sessions", "sqlite:"], /names no path/],
    [["sessions", "baileys:."], /only be migrated from.*; motte verify file:\. looks at it$/],
    [["inspect", "memory:"], /has no sessions/],
    [["inspect", "memory:", "--key-file", "a", "--key-env", "b"], /leave one of them out/],
    [["inspect", "memory:", "--key-file", "nowhere"], /key file nowhere/],
  ])("%j is refused before anything is made", async (args, words) => {
    expectRefused(await runMotte(args), 2, words);
  });
});

describe("a store that cannot be used", () => {
  test("a folder instead of a file", async () => {
    expectRefused(await runMotte(["sessions", `sqlite:${folder.path}`]), 2, /is not a file/);
  });

  test("a file that is no database", async () => {
    await writeFile(folder.file("text.db"), "not a database at all, but long enough to be read");
    const { code, error } = await runMotte(["sessions", `sqlite:${folder.file("text.db")}`]);
    expect(error).toHaveLength(1);
    expect([1, 2]).toContain(code);
  });

  test("a database from a newer version", async () => {
    const store = await paired("newer");
    const database = await openSqlite(store.slice("sqlite:".length));
    database.exec("PRAGMA user_version = 999");
    database.close();

    expectRefused(await runMotte(["sessions", store]), 1, /newer/);
  });

  test("a folder that this user may not enter", async () => {
    const closed = folder.file("closed");
    await mkdir(closed);
    await chmod(closed, 0);
    await chmod(folder.path, 0o755);
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};

    const { code, error } = await runMotte(["sessions", `file:${closed}`], nobody);

    expect(error).toHaveLength(1);
    expect(code).toBe(2);
    await rm(closed, { recursive: true });
  });
});
