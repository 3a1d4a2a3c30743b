import { hostname } from "node:os";
import {
  type AuthStateHandle,
  AuthStoreError,
  openAuthState,
  useMemoryAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import type { Clock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { Program } from "./support/child.ts";
import { getAny, setAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";
import { type BackendWatch, watched } from "./support/watched-backend.ts";

const leaseMs = 10_000;
const sessionId = "a";
const fenced = { code: "AUTH_STORE_FENCED", retryable: false };

/** A handle whose lease runs on a manual clock, on a backend whose renewals can be made to fail. */
async function open(watch: BackendWatch = {}, place: MemoryPlace = new MemoryPlace()) {
  const clock = new ManualClock(1_000_000);
  const backend = watched(memoryBackend({ place, clock }), watch);
  const handle = await openAuthState({ backend, sessionId, create: "if-missing", leaseMs, clock });
  const lost: AuthStoreError[] = [];
  handle.onFenced((error) => lost.push(error));
  const takeOver = () =>
    memoryBackend({ place, clock }).open(sessionId, {
      create: false,
      owner: "another process",
      leaseMs,
      isKnownDead: () => false,
    });
  return { handle, clock, lost, takeOver };
}

test("a second handle in the same process is told to share the first", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const first = await useSqliteAuthState(file);
  const second = await useSqliteAuthState(file).catch((error: unknown) => error);

  expect(second).toBeInstanceOf(AuthStoreError);
  const owner = `${process.pid}@${hostname()}`;
  expect(second).toMatchObject({ code: "AUTH_STORE_IN_USE", sessionId: "default", owner });
  expect(String(second)).toContain(owner);
  await using other = await useSqliteAuthState(file, { sessionId: "other" });
  expect(other.state.creds.registrationId).not.toBe(first.state.creds.registrationId);
  await first.close();
  await using again = await useSqliteAuthState(file);
  expect(again.state.creds).toEqual(first.state.creds);
});

test("a handle in this process keeps its session even when its lease has lapsed unnoticed", async () => {
  const place = new MemoryPlace();
  const clock = new ManualClock();
  await using first = await useMemoryAuthState({ place, clock });
  clock.jumpWall(60_000);
  await expect(useMemoryAuthState({ place, clock })).rejects.toMatchObject({
    code: "AUTH_STORE_IN_USE",
  });
  await setAny(first, "device-list", "1", ["0"]);
});

test("a session of a running process is in use, and its owner and the time left are named", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  await using program = Program.start("owner", file);
  await program.linesUntil((line) => line === "ready");

  const refused = await useSqliteAuthState(file).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "AUTH_STORE_IN_USE",
    owner: `${program.pid}@${hostname()}`,
    expiresInMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 15_000) as number,
  });
  expect(String(refused)).toMatch(new RegExp(`owned by ${program.pid}@.*another \\d+ s`));

  await program.kill();
  await using handle = await useSqliteAuthState(file, { create: "never" });
  await setAny(handle, "device-list", "1", ["0"]);
});

test.each([
  ["a process id that a later process got", { started: "1" }, "opened"],
  ["a process that no longer runs", { pid: 2 ** 22 + 1 }, "opened"],
  ["the same, on another machine", { pid: 2 ** 22 + 1, host: "elsewhere" }, "AUTH_STORE_IN_USE"],
  [
    "the same, in another container",
    { pid: 2 ** 22 + 1, namespace: "pid:[1]" },
    "AUTH_STORE_IN_USE",
  ],
  ["the same, before a reboot or on a twin", { pid: 2 ** 22 + 1, boot: "1" }, "AUTH_STORE_IN_USE"],
])("an owner that is %s is treated as it deserves", async (_who, change, outcome) => {
  const place = new MemoryPlace();
  await using backend = memoryBackend({ place });
  await using first = await useMemoryAuthState({ place });
  const owners: (string | null)[] = [];
  for await (const { owner } of backend.list()) owners.push(owner);
  await first.close();
  const own: unknown = JSON.parse(owners[0] ?? "null");
  const owner = JSON.stringify({ ...(own as object), ...change });
  await backend.open("default", { create: false, owner, leaseMs, isKnownDead: () => false });

  const opened = await useMemoryAuthState({ place }).then(
    async (handle) => {
      await handle.close();
      return "opened";
    },
    (error: AuthStoreError) => error.code,
  );
  expect(opened).toBe(outcome);
});

test("a process that closes its session lets the next one in", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  await using program = Program.start("owner", file);
  await program.linesUntil((line) => line === "ready");
  program.tell("close");
  await expect(program.linesUntil(() => false)).rejects.toThrow(/ended/);

  await using backend = await sqliteBackend(file);
  for await (const { owner } of backend.list()) expect(owner).toBeNull();
});

test("a session stays ours for as long as its lease can be renewed", async () => {
  const { handle, clock, lost, takeOver } = await open();
  for (let passed = 0; passed < 10 * leaseMs; passed += leaseMs / 2) {
    await clock.advance(leaseMs / 2);
    await expect(takeOver()).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  }
  await setAny(handle, "device-list", "1", ["0"]);
  expect(lost).toEqual([]);

  await handle.close();
  expect(clock.pendingTimers).toBe(0);
});

test("a handle that cannot renew counts itself out while its lease still holds", async () => {
  let away = false;
  const { handle, clock, lost, takeOver } = await open({
    beforeRenew: () => {
      if (away) throw new Error("connection refused");
    },
  });
  await setAny(handle, "device-list", "1", ["before"]);
  away = true;
  await clock.advance(leaseMs * 0.9);

  expect(lost).toHaveLength(1);
  await expect(takeOver()).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await expectFenced(handle);
  await handle.close();
});

test("a renewal that never answers counts as one that failed", async () => {
  const { handle, clock, lost } = await open({ beforeRenew: () => new Promise<void>(() => {}) });
  await clock.advance(leaseMs * 0.9);

  expect(lost).toHaveLength(1);
  await expectFenced(handle);
});

test("a renewal that fails once is tried again in time", async () => {
  let failures = 2;
  const { handle, clock, lost } = await open({
    beforeRenew: () => {
      if (failures-- > 0) throw new Error("connection refused");
    },
  });
  await clock.advance(3 * leaseMs);

  expect(lost).toEqual([]);
  await setAny(handle, "device-list", "1", ["0"]);
  await handle.close();
});

test("a process that stood still finds its session taken, writes nothing and says so once", async () => {
  const place = new MemoryPlace();
  const { handle, clock, lost, takeOver } = await open({}, place);
  await setAny(handle, "device-list", "1", ["before"]);
  // As after a suspend: wall time has passed, and no timer has fired yet.
  clock.jumpWall(2 * leaseMs);
  const thief = await takeOver();
  const waiting = handle.saveCreds();
  handle.state.creds.accountSyncCounter = 7;

  await expect(waiting).rejects.toMatchObject(fenced);
  await expectFenced(handle);
  await handle.close();
  expect(lost).toHaveLength(1);
  const [first, second] = await thief.read("device-list", ["1", "2"]);
  expect(Buffer.from(first ?? []).toString()).toContain("before");
  expect(second).toBeNull();
  expect(await thief.renew()).toBe("renewed");
});

test("a handle notices at its next renewal that it has been replaced", async () => {
  const { handle, clock, lost, takeOver } = await open();
  clock.jumpWall(2 * leaseMs);
  await takeOver();
  await clock.advance(leaseMs / 2);

  expect(lost).toHaveLength(1);
  await expectFenced(handle);
});

test("a process whose timers run late renews before it writes or reads", async () => {
  const time = new ManualClock(1_000_000);
  const late: Clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    after: () => ({ [Symbol.dispose]: () => {} }),
    sleep: (ms, signal) => time.sleep(ms, signal),
  };
  const calls: string[] = [];
  const backend = watched(memoryBackend({ clock: late }), {
    beforeRenew: () => void calls.push("renew"),
    beforeCommit: () => void calls.push("commit"),
    beforeRead: () => void calls.push("read"),
  });
  const options = { backend, sessionId, create: "if-missing", leaseMs, clock: late } as const;
  await using handle = await openAuthState(options);
  calls.length = 0;
  await time.advance(2 * leaseMs);
  await setAny(handle, "device-list", "1", ["0"]);
  await time.advance(2 * leaseMs);
  await getAny(handle, "device-list", "2");

  expect(calls).toEqual(["renew", "commit", "renew", "read"]);
});

test("a process that stood still and whose session nobody took goes on", async () => {
  const { handle, clock, lost } = await open();
  clock.jumpWall(5 * leaseMs);
  await clock.advance(leaseMs);

  await setAny(handle, "device-list", "1", ["0"]);
  expect(lost).toEqual([]);
  await handle.close();
});

test("of two handles on one database only the newer writes", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const clock = new ManualClock(1_000_000);
  await using backend = await sqliteBackend(file, { clock });
  const older = await openAuthState({ backend, sessionId, create: "if-missing", leaseMs, clock });
  await setAny(older, "device-list", "1", ["older"]);
  clock.jumpWall(2 * leaseMs);
  const newer = await backend.open(sessionId, {
    create: false,
    owner: "newer",
    leaseMs,
    isKnownDead: () => false,
  });

  await expect(setAny(older, "device-list", "1", ["zombie"])).rejects.toMatchObject(fenced);
  const [value] = await newer.read("device-list", ["1"]);
  expect(Buffer.from(value ?? []).toString()).toContain("older");
  await older.close();
});

test("a handle that failed to open leaves the session free", async () => {
  const place = new MemoryPlace();
  await expect(useMemoryAuthState({ place, create: "never" })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
  await using handle = await useMemoryAuthState({ place });
  expect(handle.state.creds.registered).toBe(false);
});

async function expectFenced(handle: AuthStateHandle): Promise<void> {
  await expect(setAny(handle, "device-list", "2", ["zombie"])).rejects.toMatchObject(fenced);
  await expect(getAny(handle, "device-list", "1")).rejects.toMatchObject(fenced);
  await expect(handle.saveCreds()).rejects.toMatchObject(fenced);
}
