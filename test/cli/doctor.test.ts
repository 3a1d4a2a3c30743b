import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { useFileAuthState, useSqliteAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { secretKey } from "@motte/auth-stores/encryption";
import { openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { redisCommand, startRedis } from "../support/redis-server.ts";
import { program } from "../support/run-bot.ts";
import { type MotteOptions, runMotte, startMotte } from "../support/run-motte.ts";
import { NUMBER, makeSick, soundAccount } from "../support/sick-account.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

interface Found {
  readonly id: string;
  readonly severity: string;
  readonly sessionId?: string;
}
interface Examined {
  readonly machine: { readonly node: string };
  readonly findings: readonly Found[];
  readonly stores: readonly {
    readonly store: string;
    readonly findings: readonly Found[];
    readonly sessions: readonly {
      readonly sessionId: string;
      readonly records?: number;
      readonly notRead?: { readonly code: string };
    }[];
  }[];
}

const run = promisify(execFile);
let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

async function database(name: string, sessionId = "acme"): Promise<string> {
  const file = folder.file(`${name}.db`);
  await using auth = await useSqliteAuthState(file, { sessionId });
  await soundAccount(auth);
  return file;
}

/** What the doctor finds about stores, by id. */
async function found(stores: readonly string[], options?: MotteOptions) {
  const { out, error, code } = await runMotte(["doctor", ...stores, "--json"], options);
  const examined = JSON.parse(out.join("\n")) as Examined;
  const ids = examined.stores.flatMap(({ findings }) => findings.map(({ id }) => id));
  return { ids, examined, error, code };
}

/** An environment in which every clock of the process is off. */
const clockOff = (ms: number): MotteOptions => {
  const code = `const now = Date.now; Date.now = () => now() + ${ms};`;
  return {
    env: {
      ...process.env,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`,
    },
  };
};

test("a sound store, and the machine alone, are found to be well, as often as they are looked at", async () => {
  const store = `sqlite:${await database("sound")}`;
  for (const _ of [1, 2]) {
    const { out, error, code } = await runMotte(["doctor", store]);
    expect(error).toEqual([]);
    expect(out.slice(1)).toEqual([store, "  acme: 7 records and creds read", "✓ nothing found"]);
    expect(code).toBe(0);
  }
  const { examined, code } = await found([]);
  expect(examined).toEqual({
    machine: expect.objectContaining({ node: process.versions.node }),
    findings: [],
    stores: [],
  });
  expect(code).toBe(0);
});

test("everything that can be wrong with an account and its file is found, with what to do", async () => {
  await using repository = await temporaryFolder();
  const file = repository.file("wa.db");
  {
    await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
    await soundAccount(auth);
  }
  await makeSick(file, "acme");
  await chmod(file, 0o644);
  await run("git", ["init", "--quiet", repository.path]);

  const { out, error, code } = await runMotte(["doctor", "sqlite:wa.db"], {
    cwd: repository.path,
  });
  const shown = `${out.slice(1).join("\n")}\n`;
  await expect(shown).toMatchFileSnapshot("golden/doctor.txt");
  expect(shown.split("\n").every((line) => line.length <= 80)).toBe(true);
  expect(shown).not.toMatch(/\d{8}/);
  expect(error).toEqual([]);
  expect(code).toBe(3);

  const { ids, examined } = await found([`sqlite:${file}#acme`]);
  expect(ids.toSorted()).toEqual([
    "app-state-hash-length",
    "app-state-key-length",
    "app-state-key-missing",
    "corrupt-records",
    "creds-key-pair",
    "file-modes",
    "git-not-ignored",
    "lid-mapping",
    "next-pre-key-id",
    "open-sessions",
    "pre-key-pair",
    "registration-id",
    "sender-key-memory",
    "signed-pre-key-signature",
  ]);
  for (const finding of examined.stores.flatMap(({ findings }) => findings)) {
    expect(finding).toEqual({
      id: expect.any(String),
      severity: expect.stringMatching(/^(error|warning|notice)$/),
      found: expect.stringMatching(/\.$/),
      remedy: expect.stringMatching(/\.$/),
      ...(finding.sessionId !== undefined && { sessionId: "acme" }),
    });
  }
});

test("git is asked what it ignores and what it has", async () => {
  await using repository = await temporaryFolder();
  const path = repository.file("auth");
  {
    await using auth = await useFileAuthState(path);
    await soundAccount(auth);
  }
  const git = (...args: string[]) => run("git", ["-C", repository.path, ...args]);
  await git("init", "--quiet");
  const store = `file:${path}`;

  expect((await found([store])).ids).toEqual(["git-not-ignored"]);
  expect((await found([store], { env: { PATH: "/nowhere" } })).ids).toEqual([]);
  await writeFile(repository.file(".gitignore"), "/auth/*.json\n");
  expect((await found([store])).ids).toEqual([]);
  await writeFile(repository.file("motte-backup-default-20260101T000000Z.db"), "a copy");
  expect((await found([store])).ids).toEqual(["file-modes", "git-not-ignored"]);
  await rm(repository.file("motte-backup-default-20260101T000000Z.db"));
  await git("add", "--force", "auth/creds.json");
  const inHook = { env: { ...process.env, GIT_DIR: "/nowhere", GIT_WORK_TREE: "/nowhere" } };
  expect(await found([store], inHook)).toMatchObject({ ids: ["git-tracked"], code: 3 });
});

test("what a killed process has left is told, and left", async () => {
  const path = folder.file("killed");
  const owner = spawn(process.execPath, [program("killed-owner.mjs"), path]);
  await once(owner.stdout, "data");
  const inUse = await found([`file:${path}`]);
  expect(inUse).toMatchObject({ ids: [], error: [], code: 0 });
  expect(inUse.examined.stores[0]?.sessions).toMatchObject([
    { sessionId: "default", openIn: expect.stringMatching(`^${owner.pid}@`), records: 1 },
  ]);

  owner.kill("SIGKILL");
  await once(owner, "exit");
  for (const _ of [1, 2]) {
    const { ids, examined, code } = await found([`file:${path}`]);
    expect(ids).toEqual(["dead-owner", "leftovers"]);
    expect(examined.stores[0]?.sessions).toMatchObject([{ records: 1 }]);
    expect(code).toBe(3);
  }
});

test("a Redis that may lose the account, and a clock that is off", async () => {
  const nowhere = await runMotte(["doctor", "redis://:secret@localhost:9"]);
  expect(nowhere.error).toEqual([expect.stringMatching(/Redis.*9/)]);
  expect(nowhere.error.join()).not.toContain("secret");
  expect(nowhere.code).toBe(1);
  await using redis = await startRedis(["--maxmemory-policy", "allkeys-lru", "--save", ""]);
  const store = `redis://127.0.0.1:${redis.port}?prefix=bots`;

  const bad = await found([store]);
  expect(bad.examined.stores[0]?.findings).toMatchObject([
    { id: "redis-eviction", severity: "error" },
    { id: "redis-persistence", severity: "error" },
  ]);
  expect(bad.code).toBe(3);
  await redisCommand(redis.port, "CONFIG SET maxmemory-policy noeviction");
  await redisCommand(redis.port, "CONFIG SET appendonly yes");
  expect(await found([store])).toMatchObject({ ids: [], code: 0 });
  expect((await found([store], clockOff(-3_600_000))).ids).toEqual(["redis-clock"]);
});

test("a folder on a network is told, for files and databases, and a local one is not", async () => {
  const path = folder.file("on-a-network");
  {
    await using auth = await useFileAuthState(path);
    await soundAccount(auth);
  }
  const stores = [`file:${path}`, `sqlite:${await database("on-a-network")}`];
  // What statfs(2) says of NFS (linux/magic.h).
  const code = `import fs from "node:fs/promises"; import { syncBuiltinESMExports } from "node:module";
    fs.statfs = async () => ({ type: 0x6969 }); syncBuiltinESMExports();`;
  const onNfs = {
    env: {
      ...process.env,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`,
    },
  };

  const { ids, examined, code: exit } = await found(stores, onNfs);
  expect(ids).toEqual(["network-file-system", "network-file-system"]);
  expect(examined.stores[0]?.findings).toMatchObject([{ severity: "error" }]);
  expect(exit).toBe(3);
  expect((await found(stores)).ids).toEqual([]);
});

test("a Baileys beside the store that Motte is not made for is told, wherever a bot there would find it", async () => {
  await using bot = await temporaryFolder();
  await mkdir(bot.file("data"));
  const file = bot.file("data/wa.db");
  {
    await using auth = await useSqliteAuthState(file, { sessionId: "acme" });
    await soundAccount(auth);
  }
  const install = async (name: string, version: string): Promise<void> => {
    await mkdir(bot.file(`node_modules/${name}`), { recursive: true });
    await writeFile(bot.file(`node_modules/${name}/package.json`), JSON.stringify({ version }));
  };
  const looked = () => runMotte(["doctor", "sqlite:data/wa.db"], { cwd: bot.path });

  await install("baileys", "6.7.24");
  const old = await looked();
  expect(old.out.join("\n")).toContain("Baileys 6.7.24 in node_modules/baileys is not one that");
  expect(old.code).toBe(3);
  await install("@whiskeysockets/baileys", "7.0.0-rc14");
  expect((await looked()).code).toBe(0);
});

test("times in a store that are still to come tell of a wrong clock", async () => {
  const store = `sqlite:${await database("clock")}`;

  expect(await found([store], clockOff(-3_600_000))).toMatchObject({
    ids: ["clock-behind"],
    code: 3,
  });
  expect((await found([store], clockOff(3_600_000))).ids).toEqual([]);
});

test("a session that is not whole is told as such", async () => {
  const half = await database("half-paired");
  {
    await using auth = await useSqliteAuthState(half, { sessionId: "acme" });
    Reflect.deleteProperty(auth.state.creds, "account");
    await auth.saveCreds();
  }
  const importing = await database("importing");
  {
    await using backend = await sqliteBackend(importing);
    const opening = { owner: "a test", leaseMs: 60_000, create: false, isKnownDead: () => false };
    const session = await backend.open("acme", opening);
    await session.commit({
      batchId: "1",
      ops: [],
      meta: new Map([["importing", Buffer.from("?")]]),
    });
    await session.release();
  }
  const torn = await database("torn");
  const raw = await openSqlite(torn);
  raw.exec("UPDATE creds SET v = x'00'");
  raw.close();

  const stores = [half, importing, torn].map((file) => `sqlite:${file}`);
  const { examined, code } = await found(stores);
  expect(examined.stores.map(({ findings }) => findings.map(({ id }) => id))).toEqual([
    ["half-paired"],
    ["half-imported"],
    ["unreadable-creds"],
  ]);
  expect(code).toBe(3);
});

test("an encrypted store is read with its key only", async () => {
  const file = folder.file("sealed.db");
  const key = "ab".repeat(32);
  {
    const encryption = { key: secretKey(key) };
    await using auth = await useSqliteAuthState(file, { sessionId: "acme", encryption });
    await soundAccount(auth);
  }
  const store = `sqlite:${file}`;
  await writeFile(folder.file("key"), key);
  await writeFile(folder.file("wrong"), "cd".repeat(32));

  const opened = await runMotte(["doctor", store, "--key-file", folder.file("key")]);
  expect(opened.out).toContain("  acme: 7 records and creds read");
  expect(opened.code).toBe(0);
  for (const [args, words] of [
    [[store], /encrypted/],
    [[store, "--key-file", folder.file("wrong")], /key/],
  ] as const) {
    const { out, error, code } = await runMotte(["doctor", ...args]);
    expect(out.slice(2)).toEqual([
      expect.stringMatching(/^ {2}acme: not looked into, .*key/),
      "✓ nothing found in what was looked into",
    ]);
    expect(error).toEqual([expect.stringMatching(words)]);
    expect(code).toBe(1);
  }
});

test("a store that this user may not write is told as that", async () => {
  const path = folder.file("foreign");
  await mkdir(path);
  {
    await using auth = await useFileAuthState(path);
    await auth.saveCreds();
  }
  await chmod(path, 0o555);
  await chmod(folder.path, 0o755);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};

  const { ids, code } = await found([`file:${path}`], nobody);

  expect(ids).toContain("denied");
  expect(code).toBe(3);
  await rm(path, { recursive: true });
});

test("interrupted at any moment, it leaves the session to the next", async () => {
  const file = await database("interrupted");
  const child = startMotte(["doctor", `sqlite:${file}`]);
  await once(child, "spawn");
  child.kill("SIGINT");
  await once(child, "exit");

  expect((await found([`sqlite:${file}`])).code).toBe(0);
});

test("a database from a newer version", async () => {
  const file = await database("newer");
  const raw = await openSqlite(file);
  raw.exec("PRAGMA user_version = 999");
  raw.close();

  const { error, code } = await runMotte(["doctor", `sqlite:${file}`]);

  expect(error).toEqual([expect.stringMatching(/newer|upgrade/)]);
  expect(code).toBe(1);
});

test.each([
  [["sqlite:nowhere.db"], /is not there/],
  [["file:package.json"], /is not a folder/],
  [["baileys:."], /only be migrated from/],
  [["memory:#nobody"], /no such session/],
  [["memory:", "--key-file", "nowhere"], /key file nowhere/],
])("motte doctor %j is refused", async (args, words) => {
  const { code, out, error } = await runMotte(["doctor", ...args]);

  expect(error).toEqual([expect.stringMatching(words)]);
  expect(out).toEqual([]);
  expect(code).toBe(2);
  expect(error.join()).not.toContain(NUMBER);
});
