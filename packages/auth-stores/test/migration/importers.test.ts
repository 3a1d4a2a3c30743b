import type { AuthBackend } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import {
  type ForeignSource,
  type ReadSessionCreds,
  baileysRedisAuth,
  baileysSqlite,
  evolutionApiFolder,
  evolutionApiHash,
  fazerAiHash,
  migrate,
  multiFileFolder,
  mysqlBaileysRows,
  planMigration,
  wabotjsSqlite,
} from "@motte/auth-stores/migration";
import { openSqlite } from "@motte/core/sqlite";
import {
  type AuthenticationCreds,
  BufferJSON,
  initAuthCreds,
  useMultiFileAuthState,
} from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { readFile, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { createClient } from "redis";
import { expect, test } from "vitest";
import { startRedis } from "../../../../test/support/redis-server.ts";
import { families } from "../support/arbitraries.ts";
import { getAny } from "../support/keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openAccount, outcomeOfOpening } from "./accounts.ts";

type Content = readonly (readonly [type: string, id: string, value: unknown])[];

const known = Object.entries(families).filter(
  // No importer can tell another library's family from its name alone.
  ([type]) => type !== "bridge-state",
);
const content: fc.Arbitrary<Content> = fc.uniqueArray(
  fc
    .constantFrom(...known)
    .chain(([type, { id, value }]) => fc.tuple(fc.constant(type), id, value)),
  { selector: ([type, id]) => `${type} ${id}`, minLength: 5, maxLength: 30 },
);

const json = (value: unknown): string => JSON.stringify(value, BufferJSON.replacer);
// Evolution API 2: CacheService.hSet makes JSON of a value, and RedisCache.hSet makes JSON of that.
const twice = (value: unknown): string => JSON.stringify(json(value));
// fixFileName of Baileys, which baileys-redis-auth has copied.
const fixed = (name: string): string => name.replace(/\//g, "__").replace(/:/g, "-");

/** Imports `source` and checks that a bot reads there what was written. */
async function expectImported(
  source: ForeignSource,
  creds: AuthenticationCreds,
  records: Content,
): Promise<void> {
  const backend = memoryBackend();
  const report = await migrate({ from: source, to: { backend, sessionId: "a" } });
  expect(report).toMatchObject({ records: records.length, unknown: [], corrupt: [] });
  await using handle = await openAccount(backend);
  expect(handle.state.creds.noiseKey).toEqual(creds.noiseKey);
  expect(handle.state.creds.signedPreKey).toEqual(creds.signedPreKey);
  for (const [type, id, value] of records) {
    expect(json(await getAny(handle, type, id))).toEqual(json(value));
  }
}

test("folders that Baileys writes are read back by name and content, and left as they were", async () => {
  await fc.assert(
    fc.asyncProperty(content, async (records) => {
      await using folder = await temporaryFolder();
      const { state, saveCreds } = await useMultiFileAuthState(folder.path);
      await saveCreds();
      for (const [type, id, value] of records) {
        await state.keys.set({ [type]: { [id]: value } });
      }
      await writeFile(folder.file(".DS_Store"), "");
      await writeFile(folder.file("creds.json.bak"), "{}");
      const before = await listing(folder.path);

      await expectImported(multiFileFolder(folder.path), state.creds, records);
      expect(await listing(folder.path)).toEqual(before);
    }),
    { numRuns: 8 },
  );
});

/** With Buffers, which plain JSON turns into arrays of numbers. */
function buffers(pair: { public: Uint8Array; private: Uint8Array }) {
  return { public: Buffer.from(pair.public), private: Buffer.from(pair.private) };
}

async function listing(folder: string): Promise<unknown> {
  const names = (await readdir(folder)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const { mtimeMs } = await stat(`${folder}/${name}`);
      return [name, mtimeMs, await readFile(`${folder}/${name}`, "utf8")];
    }),
  );
}

test("files that may mean several records or none are reported, damaged ones are corrupt, and neither is guessed", async () => {
  await using folder = await temporaryFolder();
  const { state, saveCreds } = await useMultiFileAuthState(folder.path);
  await saveCreds();
  await state.keys.set({
    session: { "1.0": { _sessions: {}, version: "v1" } as never, "2.0": {} as never },
    "device-list": { "1": ["0"], "2": ["0"] },
    "lid-mapping": { "1": "91", "91_reverse": "1" },
  });
  await truncate(folder.file("device-list-1.json"), 0);
  await writeFile(folder.file("lid-mapping-1.json"), "9007199254740993");
  await writeFile(folder.file("bridge-x-1.json"), "{}");
  await writeFile(folder.file("session-a_b_c.json"), "{}");
  await writeFile(folder.file("app-state-sync-key-abc.json"), "{}");
  await writeFile(folder.file("notes.txt"), "");
  const from = multiFileFolder(folder.path);
  const to = { backend: memoryBackend(), sessionId: "a" };

  const plan = await planMigration({ from, to });
  expect(plan.unknown).toEqual([
    "app-state-sync-key-abc.json",
    "bridge-x-1.json",
    "notes.txt",
    "session-a_b_c.json",
  ]);
  expect(plan.corrupt).toEqual([
    { type: "device-list", id: "1", reason: "SyntaxError" },
    { type: "lid-mapping", id: "1", reason: "not the shape of this family" },
    { type: "session", id: "2.0", reason: "not the shape of this family" },
  ]);
  await expect(migrate({ from, to })).rejects.toMatchObject({
    code: "MIGRATION_NEEDS_FLAGS",
    flags: ["skipCorrupt", "skipUnknown"],
  });
  const report = await migrate({ from, to, skipCorrupt: true, skipUnknown: true });
  expect(report.records).toBe(3);
});

test("a folder of Baileys 6 is read: sender keys as structures, creds with bytes as numbers", async () => {
  await using folder = await temporaryFolder();
  const creds = initAuthCreds();
  const old = {
    ...creds,
    noiseKey: buffers(creds.noiseKey),
    signedIdentityKey: buffers(creds.signedIdentityKey),
    pairingEphemeralKeyPair: buffers(creds.pairingEphemeralKeyPair),
    signedPreKey: {
      ...creds.signedPreKey,
      keyPair: buffers(creds.signedPreKey.keyPair),
      signature: Buffer.from(creds.signedPreKey.signature),
    },
  };
  await writeFile(folder.file("creds.json"), JSON.stringify(old));
  const states = [{ senderKeyId: 7, senderChainKey: { iteration: 0, seed: Buffer.alloc(32, 1) } }];
  await writeFile(folder.file("sender-key-1-2@g.us--3--0.json"), json(states));
  const backend = memoryBackend();

  const report = await migrate({
    from: multiFileFolder(folder.path),
    to: { backend, sessionId: "a" },
  });
  expect(report).toMatchObject({ findings: [], records: 1 });
  expect(report.normalisations).toEqual([
    { kind: "legacy-bytes", count: 1 },
    { kind: "sender-key-v6", count: 1 },
  ]);
  await using handle = await openAccount(backend);
  expect(handle.state.creds.noiseKey).toEqual(old.noiseKey);
  const senderKey = await getAny(handle, "sender-key", "1-2@g.us::3::0");
  expect(JSON.parse(String(senderKey))).toEqual(JSON.parse(JSON.stringify(states)));
});

test("the SQLite of Baileys' develop branch and of WABotJS are read", async () => {
  await fc.assert(
    fc.asyncProperty(content, async (records) => {
      await using folder = await temporaryFolder();
      const creds = initAuthCreds();
      const baileys = await openSqlite(folder.file("baileys.db"));
      baileys.exec(
        "CREATE TABLE creds (key TEXT PRIMARY KEY, value TEXT NOT NULL);" +
          "CREATE TABLE signal_keys (type TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (type, id))",
      );
      baileys.prepare("INSERT INTO creds VALUES ('__creds__', ?)").run(json(creds));
      const wabotjs = await openSqlite(folder.file("auth.db"));
      wabotjs.exec(
        'CREATE TABLE "values" ("key" TEXT NOT NULL, "value" BLOB NOT NULL, PRIMARY KEY("key"))',
      );
      for (const database of [baileys, wabotjs]) database.exec("BEGIN");
      const insert = wabotjs.prepare('INSERT INTO "values" VALUES (?, ?)');
      insert.run("creds", Buffer.from(json(creds)));
      for (const [type, id, value] of records) {
        baileys.prepare("INSERT INTO signal_keys VALUES (?, ?, ?)").run(type, id, json(value));
        insert.run(`${type}:${id}`, Buffer.from(json(value)));
      }

      for (const database of [baileys, wabotjs]) database.exec("COMMIT");

      await expectImported(baileysSqlite(baileys), creds, records);
      baileys.close();
      wabotjs.close();
      await expectImported(baileysSqlite(folder.file("baileys.db")), creds, records);
      await expectImported(wabotjsSqlite(folder.file("auth.db")), creds, records);
    }),
    { numRuns: 5 },
  );
});

test("both Redis hashes are read from a real server", async () => {
  await using server = await startRedis();
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    await fc.assert(
      fc.asyncProperty(content, async (records) => {
        await client.flushAll();
        const creds = initAuthCreds();
        const [hset, fazer] = ["session:auth", "@baileys-api:connections:1:authState"];
        await client.hSet(hset, "creds", json(creds));
        await client.hSet(fazer, { creds: json(creds), metadata: "{}" });
        for (const [type, id, value] of records) {
          await client.hSet(hset, `${type}-${fixed(id)}`, json(value));
          await client.hSet(fazer, `${type}-${id}`, json(value));
        }
        const readHash = (key: string) => client.hGetAll(key);

        await expectImported(baileysRedisAuth({ key: hset, readHash }), creds, records);
        await expectImported(fazerAiHash({ key: fazer, readHash }), creds, records);
        await expect(
          migrate({
            from: fazerAiHash({ key: "missing", readHash }),
            to: { backend: memoryBackend(), sessionId: "a" },
          }),
        ).rejects.toMatchObject({ code: "MIGRATION_SOURCE_EMPTY" });
      }),
      { numRuns: 5 },
    );
  } finally {
    client.destroy();
  }
});

test("instances of Evolution API are read from a real Redis, from version 1 and 2, with creds in Redis or a database", async () => {
  await using server = await startRedis();
  const client = createClient({ url: server.url });
  await client.connect();
  const readHash = (key: string) => client.hGetAll(key);
  try {
    await fc.assert(
      fc.asyncProperty(content, async (records) => {
        await client.flushAll();
        const creds = initAuthCreds();
        const [v1, v2, keysOnly] = ["evolution:me", "evolution:instance:1", "evolution:instance:2"];
        await client.hSet(v1, "creds", json(creds));
        await client.hSet(v2, "creds", twice(creds));
        for (const [type, id, value] of records) {
          await client.hSet(v1, `${type}-${id}`, json(value));
          await client.hSet(v2, `${type}-${id}`, twice(value));
          await client.hSet(keysOnly, `${type}-${id}`, twice(value));
        }

        await expectImported(evolutionApiHash({ key: v1, readHash }), creds, records);
        await expectImported(evolutionApiHash({ key: v2, readHash }), creds, records);
        const readCreds = async () => twice(creds);
        const withDatabase = { key: keysOnly, readHash, readCreds };
        await expectImported(evolutionApiHash(withDatabase), creds, records);
      }),
      { numRuns: 5 },
    );
  } finally {
    client.destroy();
  }
});

test("an instance of Evolution API without Redis is read from its folder, with the creds of its database", async () => {
  await fc.assert(
    fc.asyncProperty(content, async (records) => {
      await using folder = await temporaryFolder();
      const creds = initAuthCreds();
      for (const [type, id, value] of records) {
        await writeFile(folder.file(`${fixed(`${type}-${id}`)}.json`), json(value));
      }
      const readCreds = async () => twice(creds);
      const from = evolutionApiFolder({ folder: folder.path, readCreds });
      await expectImported(from, creds, records);
    }),
    { numRuns: 5 },
  );
});

test("creds of Evolution API are never guessed: a second pair is reported, none is none, and a failing database is told", async () => {
  await using folder = await temporaryFolder();
  const creds = initAuthCreds();
  const other = json(initAuthCreds());
  // More digits than a number keeps.
  const hash = {
    creds: other,
    "lid-mapping-1": '"9007199254740993"',
    "device-list-1": '"[\\"0\\"]"',
    "device-list-2": '"[\\"0"',
  };
  const key = "evolution:instance:1";
  const readHash = async () => hash;
  const to = { backend: memoryBackend(), sessionId: "a" };
  const readCreds = async () => json(creds);

  const plan = await planMigration({ from: evolutionApiHash({ key, readHash, readCreds }), to });
  expect(plan.unknown).toEqual(["creds"]);
  expect(plan.corrupt).toEqual([{ type: "device-list", id: "2", reason: "SyntaxError" }]);
  await writeFile(folder.file("creds.json"), other);
  const inFolder = evolutionApiFolder({ folder: folder.path, readCreds });
  expect((await planMigration({ from: inFolder, to })).unknown).toEqual(["creds.json"]);
  await migrate({ from: inFolder, to, skipUnknown: true });
  await using handle = await openAccount(to.backend);
  expect(handle.state.creds.noiseKey).toEqual(creds.noiseKey);

  const empty = { backend: memoryBackend(), sessionId: "a" };
  const outcomes: [ReadSessionCreds, object][] = [
    [async () => undefined, { code: "MIGRATION_SOURCE_EMPTY" }],
    [
      () => Promise.reject(new Error("no connection")),
      { code: "MIGRATION_SOURCE_UNREADABLE", retryable: true },
    ],
  ];
  for (const [failing, outcome] of outcomes) {
    const from = evolutionApiHash({ key, readHash, readCreds: failing });
    await expect(migrate({ from, to: empty })).rejects.toMatchObject(outcome);
  }
});

test("rows of mysql-baileys are read, parsed or as text, and numbers become digits only where they are exact", async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.boolean(), async (records, parsed) => {
      const creds = initAuthCreds();
      const valueOf = (value: unknown): unknown => (parsed ? JSON.parse(json(value)) : json(value));
      const rows = [
        { id: "creds", value: valueOf(creds) },
        ...records.map(([type, id, value]) => ({ id: `${type}-${id}`, value: valueOf(value) })),
      ];
      await expectImported(
        mysqlBaileysRows(async () => rows),
        creds,
        records,
      );
    }),
    { numRuns: 8 },
  );

  const creds = json(initAuthCreds());
  const from = mysqlBaileysRows(async () => [
    { id: "creds", value: creds },
    { id: "lid-mapping-1", value: 9_007_199_254_740_991 },
    { id: "lid-mapping-2", value: 9_007_199_254_740_992 },
    { id: "lid-mapping-3", value: "12345678901234567890" },
    { id: "device-list-1", value: null },
    { id: "nick", value: "me" },
  ]);
  const backend: AuthBackend = memoryBackend();
  const plan = await planMigration({ from, to: { backend, sessionId: "a" } });
  expect(plan.corrupt.map(({ type, id }) => `${type} ${id}`)).toEqual([
    "lid-mapping 2",
    "lid-mapping 3",
    "device-list 1",
  ]);
  expect(plan.unknown).toEqual(["nick"]);
  await migrate({ from, to: { backend, sessionId: "a" }, skipCorrupt: true, skipUnknown: true });
  await using handle = await openAccount(backend);
  expect(await getAny(handle, "lid-mapping", "1")).toBe("9007199254740991");
});

test("a place that is missing or something else is a typed error, and nothing is made there", async () => {
  await using folder = await temporaryFolder();
  const target = memoryBackend();
  const to = { backend: target, sessionId: "a" };
  const unreadable: ForeignSource[] = [
    multiFileFolder(folder.file("none")),
    baileysSqlite(folder.file("none.db")),
    wabotjsSqlite(await openSqlite(":memory:")),
    fazerAiHash({ key: "k", readHash: () => Promise.reject(new Error("no connection")) }),
  ];
  for (const from of unreadable) {
    await expect(migrate({ from, to })).rejects.toMatchObject({
      code: "MIGRATION_SOURCE_UNREADABLE",
    });
  }
  await expect(migrate({ from: multiFileFolder(folder.path), to })).rejects.toMatchObject({
    code: "MIGRATION_SOURCE_EMPTY",
  });
  expect(await readdir(folder.path)).toEqual([]);
  await writeFile(folder.file("creds.json"), '{"noiseKey":');
  await expect(migrate({ from: multiFileFolder(folder.path), to })).rejects.toMatchObject({
    code: "MIGRATION_SOURCE_UNREADABLE",
  });
  expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_NOT_FOUND");
});
