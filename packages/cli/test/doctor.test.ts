import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { SUPPORTED_BAILEYS, baileysVersion } from "../src/doctor/checks/baileys-version.ts";
import { nodeVersion } from "../src/doctor/checks/node-version.ts";
import { redisClock } from "../src/doctor/checks/redis-clock.ts";
import { redisEviction } from "../src/doctor/checks/redis-eviction.ts";
import { redisPersistence } from "../src/doctor/checks/redis-persistence.ts";
import { redisVersion } from "../src/doctor/checks/redis-version.ts";
import { sqliteDamage } from "../src/doctor/checks/sqlite-damage.ts";
import { sqliteVersion } from "../src/doctor/checks/sqlite-version.ts";
import type { MachineFacts } from "../src/doctor/facts/machine.ts";
import type { RedisFacts } from "../src/doctor/facts/redis.ts";
import type { StoreFacts } from "../src/doctor/facts/store.ts";
import { looseEntries } from "../src/doctor/loose-entries.ts";

const machine: MachineFacts = {
  node: "22.12.0",
  platform: "linux x64",
  sqlite: { driver: "node:sqlite", version: "3.53.0" },
};
const redis: RedisFacts = {
  version: "7.2.4",
  evictionPolicy: "noeviction",
  appendOnly: true,
  appendFsync: "everysec",
  snapshots: true,
  aheadMs: 20,
};
const store = (changes: Partial<StoreFacts>): StoreFacts => ({
  name: { kind: "memory", place: "", sessionId: undefined, text: "memory:" },
  shown: "memory:",
  nowMs: 0,
  keyIsNamed: false,
  disk: undefined,
  networkFileSystem: undefined,
  baileys: undefined,
  git: new Map(),
  redis: undefined,
  damage: [],
  sessions: [],
  ...changes,
});
const severities = (found: readonly { readonly severity: string }[]): string[] =>
  found.map(({ severity }) => severity);

test.each([
  ["18.20.0", ["error"]],
  ["20.18.9", ["error"]],
  ["20.19.0", []],
  ["21.7.0", ["error"]],
  ["22.11.0", ["error"]],
  ["22.12.0", []],
  ["24.0.0", []],
])("Node %s: %j", (node, expected) => {
  expect(severities(nodeVersion({ ...machine, node }))).toEqual(expected);
});

test.each([
  ["3.51.2", ["notice"]],
  ["3.50.9", ["notice"]],
  ["3.51.3", []],
  ["3.53.0", []],
  ["4.0.0", []],
])("SQLite %s: %j", (version, expected) => {
  const sqlite = { driver: "node:sqlite", version };
  expect(severities(sqliteVersion({ ...machine, sqlite }))).toEqual(expected);
});

test("no SQLite at all is worth a notice", () => {
  expect(severities(sqliteVersion({ ...machine, sqlite: undefined }))).toEqual(["notice"]);
});

test.each([
  [{}, []],
  [{ version: "6.2.0" }, []],
  [{ version: "6.0.9" }, ["redis-version error"]],
  [{ version: "5.0.0" }, ["redis-version error"]],
  [{ evictionPolicy: "volatile-lru" }, ["redis-eviction error"]],
  [{ evictionPolicy: undefined }, []],
  [{ appendOnly: false }, ["redis-persistence warning"]],
  [{ appendOnly: false, snapshots: undefined }, ["redis-persistence warning"]],
  [{ appendOnly: false, snapshots: false }, ["redis-persistence error"]],
  [{ appendFsync: "no" }, ["redis-persistence warning"]],
  [{ appendFsync: undefined }, []],
  [{ aheadMs: 5_001 }, ["redis-clock warning"]],
  [{ aheadMs: -60_000 }, ["redis-clock warning"]],
  [{ aheadMs: -5_000 }, []],
])("a Redis with %j: %j", (changes: Partial<RedisFacts>, expected) => {
  const checks = [redisVersion, redisEviction, redisPersistence, redisClock];
  const facts = store({ redis: { ...redis, ...changes } });

  const found = checks.flatMap((check) => check(facts));

  expect(found.map(({ id, severity }) => `${id} ${severity}`)).toEqual(expected);
});

test.each([
  ["6.7.24", ["warning"]],
  ["6.17.16", ["warning"]],
  ["7.0.0-rc.9", ["warning"]],
  ["7.0.0-rc9", ["warning"]],
  ["7.0.0-alpha.1", ["warning"]],
  ["7.0.0-rc10", []],
  ["7.0.0-rc14", []],
  ["7.0.0", []],
  ["7.0.1-rc.1", []],
  ["7.10.2", []],
  ["8.0.0", ["warning"]],
  ["next", ["warning"]],
])("Baileys %s beside a store: %j", (version, expected) => {
  const baileys = { version, path: "/bot/node_modules/@whiskeysockets/baileys" };
  expect(severities(baileysVersion(store({ baileys })))).toEqual(expected);
});

test("the Baileys that fits is the one the packages want for their peer", async () => {
  for (const name of ["auth-stores", "reconnect", "store-kit", "mock-server"]) {
    const manifest = new URL(`../../${name}/package.json`, import.meta.url);
    expect(JSON.parse(await readFile(manifest, "utf8"))).toMatchObject({
      peerDependencies: { "@whiskeysockets/baileys": SUPPORTED_BAILEYS },
    });
  }
});

test("the clock that is behind is named", () => {
  const [behind, ahead] = [60_000, -60_000].map((aheadMs) =>
    redisClock(store({ redis: { ...redis, aheadMs } })),
  );
  expect(behind?.[0]?.found).toContain("60 s behind");
  expect(ahead?.[0]?.found).toContain("60 s ahead of");
});

test("what SQLite finds wrong is passed on", () => {
  expect(severities(sqliteDamage(store({ damage: ["row 1 missing from index"] })))).toEqual([
    "error",
  ]);
  expect(sqliteDamage(store({}))).toEqual([]);
});

test("rights of others count, and on Windows nothing does", () => {
  const entries = [0o600, 0o700, 0o640, 0o604, 0o601].map((mode) => ({
    path: `/${mode}`,
    isFolder: false,
    mode,
  }));
  expect(looseEntries({ entries }, "linux").map(({ mode }) => mode)).toEqual([0o640, 0o604, 0o601]);
  expect(looseEntries({ entries }, "win32")).toEqual([]);
  expect(looseEntries(undefined, "linux")).toEqual([]);
});
