import type { AuthStateHandle } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { migrate, planMigration } from "@motte/auth-stores/migration";
import { Curve } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { getAny, setAny } from "../support/keys.ts";
import { say, signalParty, startSession } from "../support/signal-party.ts";
import { markedJson } from "../support/stored.ts";
import { createAccount, manyMappings, mintPreKeys, openAccount } from "./accounts.ts";

const to = { backend: memoryBackend(), sessionId: "a" };

async function planOf(fill: (handle: AuthStateHandle) => Promise<void>) {
  const backend = memoryBackend();
  await createAccount(backend, fill);
  return planMigration({ from: { backend, sessionId: "a" }, to });
}

test("a healthy account is clean: records and bytes of each family, and nothing found", async () => {
  const plan = await planOf(async (handle) => {
    await mintPreKeys(handle, 30);
    await setAny(handle, "bridge-state", "x", { any: "thing" });
    await handle.state.keys.set({ "lid-mapping": manyMappings(2) });
    await using other = memoryBackend();
    await createAccount(other, async (second) => {
      using ada = signalParty(handle, "100");
      using grace = signalParty(second, "200");
      await startSession(ada, grace);
      await say(ada, grace, "hello");
    });
  });

  expect(plan).toMatchObject({
    target: "empty",
    verdict: "clean",
    flags: [],
    normalisations: [],
    corrupt: [],
    unknown: [],
    findings: [],
  });
  expect(plan.families.map(({ type, records }) => [type, records])).toEqual([
    ["bridge-state", 1],
    ["lid-mapping", 4],
    ["pre-key", 30],
    ["session", 1],
  ]);
  expect(plan.families.find(({ type }) => type === "pre-key")?.bytes).toBe(30 * 65);
  expect(plan.credsBytes).toBeGreaterThan(500);
});

test("a plan changes neither side", async () => {
  const place = new MemoryPlace();
  const source = { backend: memoryBackend({ place }), sessionId: "a" };
  await createAccount(source.backend);
  await planMigration({ from: source, to });
  const sessions = [];
  for await (const { sessionId } of to.backend.list()) sessions.push(sessionId);

  expect(sessions).toEqual([]);
  await (await openAccount(source.backend)).close();
});

/** As plain JSON.stringify writes it. */
function token(text: string) {
  return { token: { type: "Buffer", data: [...Buffer.from(text)] } };
}

const publicOfAnother = Buffer.from(Curve.generateKeyPair().public);
const findings: Record<string, (handle: AuthStateHandle) => Promise<void> | void> = {
  "creds-key-pair": ({ state }) => {
    state.creds.noiseKey.public = publicOfAnother;
  },
  "signed-pre-key-signature": ({ state }) => {
    state.creds.signedPreKey.signature = Buffer.alloc(64, 1);
  },
  "registration-id": ({ state }) => {
    Object.assign(state.creds, { registrationId: 16_384 });
  },
  "next-pre-key-id": async (handle) => {
    await mintPreKeys(handle, 5);
    handle.state.creds.nextPreKeyId = 5;
  },
  "pre-key-pair": async (handle) => {
    await mintPreKeys(handle, 1);
    const { private: secret } = Curve.generateKeyPair();
    await setAny(handle, "pre-key", "1", { public: publicOfAnother, private: secret });
  },
  "lid-mapping": (handle) =>
    handle.state.keys.set({
      "lid-mapping": { "1": "91", "91_reverse": "1", "2": "92" },
    }),
  "app-state-key-missing": ({ state }) => {
    state.creds.myAppStateKeyId = "AAAA";
  },
  "app-state-key-length": (handle) =>
    setAny(handle, "app-state-sync-key", "AAAA", { keyData: Buffer.alloc(31) }),
  "app-state-hash-length": (handle) =>
    setAny(handle, "app-state-sync-version", "regular", {
      version: 1,
      hash: Buffer.alloc(127),
      indexValueMap: {},
    }),
  "open-sessions": (handle) => {
    const open = { indexInfo: { closed: -1 } };
    return setAny(handle, "session", "1.0", { _sessions: { a: open, b: open }, version: "v1" });
  },
};

test.each(Object.entries(findings))("finds %s, and only that", async (code, damage) => {
  const plan = await planOf(async (handle) => damage(handle));
  const severe = ["creds-key-pair", "signed-pre-key-signature", "registration-id"].includes(code);

  expect(plan.findings).toEqual([{ code, severity: severe ? "error" : "warning", count: 1 }]);
  expect(plan.flags).toEqual(severe ? ["acceptFindings"] : []);
});

test("what needs a decision stops a migration until it has one", async () => {
  const place = new MemoryPlace();
  const backend = memoryBackend({ place });
  await createAccount(backend, async ({ state }) => {
    Object.assign(state.creds, { registrationId: 20_000 });
    await state.keys.set({ "device-list": { "1": ["0"] } });
  });
  const session = await backend.open("a", {
    create: false,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => false,
  });
  const value = Buffer.from('\u0003{"_sessions": SECRET');
  await session.commit({ batchId: "b", ops: [{ op: "put", type: "session", id: "1.0", value }] });
  await session.release();
  const from = { backend, sessionId: "a" };

  const plan = await planMigration({ from, to });
  expect(plan.corrupt).toEqual([{ type: "session", id: "1.0", reason: "SyntaxError" }]);
  await expect(migrate({ from, to })).rejects.toMatchObject({
    code: "MIGRATION_NEEDS_FLAGS",
    flags: ["skipCorrupt", "acceptFindings"],
  });
  const target = { backend: memoryBackend(), sessionId: "a" };
  const report = await migrate({ from, to: target, skipCorrupt: true, acceptFindings: true });
  expect(report.records).toBe(1);
  await using moved = await openAccount(target.backend);
  expect(await getAny(moved, "session", "1.0")).toBeNull();
  expect(await getAny(moved, "device-list", "1")).toEqual(["0"]);
});

test("forms of older versions are brought up to date and counted", async () => {
  const place = new MemoryPlace();
  const backend = memoryBackend({ place });
  await createAccount(backend);
  const session = await backend.open("a", {
    create: false,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => false,
  });
  const group = "12345-678@g.us::100::0";
  const records: [string, string, unknown][] = [
    ["sender-key", group, [{ senderKeyId: 1, senderChainKey: { seed: "AA==" } }]],
    ["identity-key", "1.0", { type: "Buffer", data: [...Buffer.alloc(33, 5)] }],
    [
      "app-state-sync-version",
      "regular",
      { version: 1, hash: Object.fromEntries(Buffer.alloc(128, 6).entries()), indexValueMap: {} },
    ],
    ["contacts-tc-token", "1@lid", token("old")],
    ["contacts-tc-token", "2@lid", token("only")],
    [
      "tctoken",
      "1@lid",
      { token: { type: "Buffer", data: Buffer.from("new").toString("base64") } },
    ],
    ["lid-mapping", "1", 91],
  ];
  await session.commit({
    batchId: "b",
    ops: records.map(([type, id, json]) => ({ op: "put", type, id, value: markedJson(json) })),
  });
  await session.release();
  const target = { backend: memoryBackend(), sessionId: "a" };

  const { normalisations } = await migrate({ from: { backend, sessionId: "a" }, to: target });
  expect(Object.fromEntries(normalisations.map(({ kind, count }) => [kind, count]))).toEqual({
    "sender-key-v6": 1,
    "legacy-bytes": 2,
    "contacts-tc-token": 1,
    number: 1,
  });
  await using moved = await openAccount(target.backend);
  const senderKey = await getAny(moved, "sender-key", group);
  expect(JSON.parse(Buffer.from(senderKey as Uint8Array).toString())).toEqual(records[0]?.[2]);
  expect(await getAny(moved, "identity-key", "1.0")).toEqual(Buffer.alloc(33, 5));
  expect(await getAny(moved, "app-state-sync-version", "regular")).toMatchObject({
    hash: Buffer.alloc(128, 6),
  });
  expect(await getAny(moved, "tctoken", "1@lid")).toEqual({ token: Buffer.from("new") });
  expect(await getAny(moved, "tctoken", "2@lid")).toEqual({ token: Buffer.from("only") });
  expect(await getAny(moved, "contacts-tc-token", "1@lid")).toBeNull();
  expect(await getAny(moved, "lid-mapping", "1")).toBe("91");
});
