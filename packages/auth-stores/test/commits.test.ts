import {
  type AuthStateHandle,
  AuthStoreError,
  type WriteBatch,
  openAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { ManualClock } from "@motte/core/manual-clock";
import { silentLogger } from "@motte/core/logger";
import { addTransactionCapability } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { deferred } from "./support/deferred.ts";
import { getAny, setAny } from "./support/keys.ts";
import { type BackendWatch, watched } from "./support/watched-backend.ts";

const sessionId = "a";
const preKey = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) };

/** Opens a session whose commits are collected, without the one that stores the new creds. */
async function open(watch: BackendWatch = {}) {
  const place = new MemoryPlace();
  await (
    await openAuthState({ backend: memoryBackend({ place }), sessionId, create: "if-missing" })
  ).close();
  const commits: WriteBatch[] = [];
  const clock = new ManualClock();
  const backend = watched(memoryBackend({ place, clock }), {
    ...watch,
    beforeCommit: async (batch) => {
      commits.push(batch);
      await watch.beforeCommit?.(batch);
    },
  });
  const handle = await openAuthState({ backend, sessionId, clock });
  const reopen = () => openAuthState({ backend: memoryBackend({ place }), sessionId });
  return { handle, commits, clock, reopen };
}

const recordsOf = (batch: WriteBatch | undefined): string[] =>
  (batch?.ops ?? []).map(({ op, type, id }) => `${op} ${type} ${id}`);

test("sets of one turn of the event loop share a commit, the last value of a record winning", async () => {
  const { handle, commits } = await open();
  await Promise.all([
    setAny(handle, "session", "1.0", { _sessions: {}, version: "v1" }),
    setAny(handle, "identity-key", "1.0", Buffer.alloc(33)),
    setAny(handle, "device-list", "1", ["0"]),
    setAny(handle, "device-list", "1", ["0", "1"]),
    handle.saveCreds(),
  ]);

  expect(commits.map(recordsOf)).toEqual([
    ["put session 1.0", "put identity-key 1.0", "put device-list 1"],
  ]);
  expect(await getAny(handle, "device-list", "1")).toEqual(["0", "1"]);
  await handle.close();
});

test("what Baileys splits by family outside a transaction is one commit again", async () => {
  const { handle, commits } = await open();
  const keys = addTransactionCapability(handle.state.keys, silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  await keys.set({ session: { "1.0": null }, "identity-key": { "1.0": Buffer.alloc(33) } });

  expect(commits.map(recordsOf)).toEqual([["del session 1.0", "put identity-key 1.0"]]);
  await handle.close();
});

test("sets made while a commit runs wait for it and share the next one", async () => {
  const gate = deferred();
  const { handle, commits } = await open({ beforeCommit: () => gate.promise });
  const first = setAny(handle, "device-list", "1", ["1"]);
  await turn();
  const later = [
    setAny(handle, "device-list", "2", ["2"]),
    setAny(handle, "device-list", "3", ["3"]),
  ];
  await turn();
  expect(commits).toHaveLength(1);
  gate.resolve();
  await Promise.all([first, ...later]);

  expect(commits.map(recordsOf)).toEqual([
    ["put device-list 1"],
    ["put device-list 2", "put device-list 3"],
  ]);
  await handle.close();
});

test("a set resolves, and is visible, only once it is durable", async () => {
  const gate = deferred();
  const { handle } = await open({ beforeCommit: () => gate.promise });
  let resolved = false;
  const set = setAny(handle, "device-list", "1", ["1"]).then(() => (resolved = true));
  expect(await getAny(handle, "device-list", "1")).toBeNull();
  await turn();
  expect(await getAny(handle, "device-list", "1")).toBeNull();
  expect(resolved).toBe(false);
  gate.resolve();
  await set;

  expect(await getAny(handle, "device-list", "1")).toEqual(["1"]);
  await handle.close();
});

test("bytes that have not changed are not written", async () => {
  const { handle, commits } = await open();
  const memory = { "1@s.whatsapp.net": true };
  await setAny(handle, "sender-key-memory", "1@g.us", memory);
  await setAny(handle, "sender-key-memory", "1@g.us", memory);
  await setAny(handle, "device-list", "9", null);
  await setAny(handle, "device-list", "9", null);
  await handle.saveCreds();

  expect(commits.map(recordsOf)).toEqual([["put sender-key-memory 1@g.us"], ["del device-list 9"]]);
  await setAny(handle, "sender-key-memory", "1@g.us", { ...memory, "2@s.whatsapp.net": true });
  await setAny(handle, "sender-key-memory", "1@g.us", memory);
  expect(commits).toHaveLength(4);
  await handle.close();
});

test("an empty set is no commit", async () => {
  const { handle, commits } = await open();
  await handle.state.keys.set({});
  await handle.state.keys.set({ "pre-key": {} });
  expect(commits).toEqual([]);
  await handle.close();
});

test("pre-keys take the creds that count them along", async () => {
  const { handle, commits } = await open();
  handle.state.creds.nextPreKeyId = 2;
  await setAny(handle, "device-list", "1", ["0"]);
  await setAny(handle, "pre-key", "1", preKey);
  await handle.saveCreds();

  expect(commits.map(({ creds }) => creds !== undefined)).toEqual([false, true]);
  await handle.close();
});

test("saves of creds that overlap share a write, and the last change is never left out", async () => {
  const gate = deferred();
  const { handle, commits, reopen } = await open({ beforeCommit: () => gate.promise });
  const { creds } = handle.state;
  const saves = [1, 2, 3].map((counter) => {
    creds.accountSyncCounter = counter;
    return handle.saveCreds();
  });
  await turn();
  creds.accountSyncCounter = 4;
  saves.push(handle.saveCreds());
  gate.resolve();
  await Promise.all(saves);

  expect(commits).toHaveLength(2);
  await handle.close();
  const again = await reopen();
  expect(again.state.creds.accountSyncCounter).toBe(4);
  await again.close();
});

test("a backend that fails for a moment is asked again, with the same batch", async () => {
  let failures = 2;
  const { handle, commits, clock } = await open({
    beforeCommit: () => {
      if (failures-- > 0)
        throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "busy", { retryable: true });
    },
  });
  const set = setAny(handle, "device-list", "1", ["1"]);
  await clock.advance(2000);
  await set;

  expect(new Set(commits.map(({ batchId }) => batchId)).size).toBe(1);
  expect(commits).toHaveLength(3);
  await handle.close();
});

test("a backend that stays away fails the set after a few tries, and the next set may succeed", async () => {
  let broken = true;
  const { handle, commits, clock } = await open({
    beforeCommit: () => {
      if (broken) throw new Error("connection reset");
    },
  });
  const set = setAny(handle, "device-list", "1", ["1"]).catch((error: unknown) => error);
  await clock.advance(2000);
  expect(await set).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE", retryable: true });
  expect(commits).toHaveLength(4);
  expect(await getAny(handle, "device-list", "1")).toBeNull();

  broken = false;
  await setAny(handle, "device-list", "1", ["1"]);
  expect(await getAny(handle, "device-list", "1")).toEqual(["1"]);
  await handle.close();
});

test("a write whose answer was lost is not taken for absent", async () => {
  let lost = true;
  const { handle, clock, commits } = await open({
    afterCommit: () => {
      if (lost) throw new Error("connection reset");
    },
  });
  await getAny(handle, "device-list", "1");
  const set = setAny(handle, "device-list", "1", ["1"]).catch(() => "failed");
  await clock.advance(2000);
  expect(await set).toBe("failed");
  lost = false;

  expect(await getAny(handle, "device-list", "1")).toEqual(["1"]);
  await setAny(handle, "device-list", "1", null);
  expect(recordsOf(commits.at(-1))).toEqual(["del device-list 1"]);
  await handle.close();
});

test("creds whose answer was lost are stored again, even when they are as before", async () => {
  let lost = false;
  const { handle, clock, reopen } = await open({
    afterCommit: () => {
      if (lost) throw new Error("connection reset");
    },
  });
  const { creds } = handle.state;
  lost = true;
  creds.accountSyncCounter = 1;
  const save = handle.saveCreds().catch(() => "failed");
  await clock.advance(2000);
  expect(await save).toBe("failed");
  lost = false;
  creds.accountSyncCounter = 0;
  await handle.saveCreds();
  await handle.close();

  const again = await reopen();
  expect(again.state.creds.accountSyncCounter).toBe(0);
  await again.close();
});

test("a record that the backend refuses for good does not take its neighbours with it", async () => {
  const { handle } = await open({
    beforeCommit: ({ ops }) => {
      if (ops.some(({ id }) => id === "too large")) {
        throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "string or blob too big");
      }
    },
  });
  const outcomes = await Promise.allSettled([
    setAny(handle, "device-list", "1", ["1"]),
    setAny(handle, "device-list", "too large", ["2"]),
    setAny(handle, "device-list", "3", ["3"]),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await getAny(handle, "device-list", "3")).toEqual(["3"]);
  await handle.close();
});

test("flush waits for everything handed over, and tells when some of it failed", async () => {
  const { handle, reopen } = await open({
    beforeCommit: ({ ops }) => {
      if (ops.some(({ id }) => id === "bad"))
        throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "no");
    },
  });
  const good = setAny(handle, "device-list", "1", ["1"]);
  await handle.flush();
  await good;
  const bad = setAny(handle, "device-list", "bad", ["1"]).catch(() => "told");
  await expect(handle.flush()).rejects.toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
  expect(await bad).toBe("told");
  await handle.flush();

  await handle.close();
  const again = await reopen();
  expect(await getAny(again, "device-list", "1")).toEqual(["1"]);
  await again.close();
});

test("closing stores what is waiting, then refuses everything", async () => {
  const { handle, reopen } = await open();
  const set = setAny(handle, "device-list", "1", ["1"]);
  await Promise.all([handle.close(), handle.close()]);
  await set;

  const closed = { code: "AUTH_STORE_CLOSED" };
  await expect(setAny(handle, "device-list", "1", ["2"])).rejects.toMatchObject(closed);
  await expect(getAny(handle, "device-list", "1")).rejects.toMatchObject(closed);
  await expect(handle.state.keys.clear?.()).rejects.toMatchObject(closed);
  const again = await reopen();
  expect(await getAny(again, "device-list", "1")).toEqual(["1"]);
  await again.close();
});

test("a save after closing is an error only when it would lose a change", async () => {
  const { handle } = await open();
  await handle.close();
  await handle.saveCreds();
  handle.state.creds.accountSyncCounter = 99;
  await expect(handle.saveCreds()).rejects.toMatchObject({ code: "AUTH_STORE_CLOSED" });
});

test("clear drops every record and keeps the creds", async () => {
  const { handle, reopen } = await open();
  await setAny(handle, "device-list", "1", ["1"]);
  await Promise.all([
    setAny(handle, "device-list", "2", ["2"]),
    handle.state.keys.clear?.(),
    setAny(handle, "device-list", "3", ["3"]),
  ]);

  await expectOnlyTheThird(handle);
  await handle.close();
  const again = await reopen();
  await expectOnlyTheThird(again);
  expect(again.state.creds).toEqual(handle.state.creds);
  await again.close();
});

async function expectOnlyTheThird(handle: AuthStateHandle): Promise<void> {
  expect({ ...(await handle.state.keys.get("device-list", ["1", "2", "3"])) }).toEqual({
    "1": null,
    "2": null,
    "3": ["3"],
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
