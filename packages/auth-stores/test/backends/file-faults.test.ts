import { mkdirSync, rmSync } from "node:fs";
import type { BackendSession, WriteBatch } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import type { FileIo } from "../../src/backends/file/io.ts";
import { putOp } from "../support/backend-calls.ts";
import { FailingFiles } from "../support/failing-files.ts";
import { unsyncedIo } from "../support/recorded-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const unavailable = { code: "AUTH_STORE_UNAVAILABLE", retryable: true };
const CODES = ["ENOSPC", "EIO", "EMFILE"];
const OLD: WriteBatch = {
  batchId: "old",
  creds: Buffer.from('\u0004{"is":"old"}'),
  ops: [putOp("t", "1", "old"), putOp("pre-key", "1", "old")],
};
const NEW: WriteBatch = {
  batchId: "new",
  creds: Buffer.from('\u0004{"is":"new"}'),
  ops: [
    putOp("t", "1", "new"),
    { op: "del", type: "pre-key", id: "1" },
    { op: "put", type: "session", id: "1.0", value: Buffer.from('\u0003{"_sessions":{}}') },
  ],
};

const opening = {
  create: true,
  owner: "test",
  leaseMs: 60_000,
  isKnownDead: () => true,
};

async function open(folder: string, io = unsyncedIo): Promise<BackendSession> {
  const backend = await fileBackend(folder, { io, clock: new ManualClock() });
  return backend.open("a", opening);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? "nothing").toString();
}

async function stateOf(session: BackendSession): Promise<string> {
  const records = [
    ...(await session.read("t", ["1"])),
    ...(await session.read("pre-key", ["1"])),
    ...(await session.read("session", ["1.0"])),
  ];
  return [await session.readCreds(), ...records].map(textOf).join(", ");
}

const OLD_STATE = '\u0004{"is":"old"}, old, old, nothing';
const NEW_STATE = '\u0004{"is":"new"}, new, nothing, \u0003{"_sessions":{}}';

async function prepare(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const session = await open(folder);
  await session.commit(OLD);
  await session.release();
}

/** Passes on what is not the failure of a medium that may recover. */
function assertUnavailable(error: unknown): void {
  if (hasCode(error, "AUTH_STORE_UNAVAILABLE") && Reflect.get(error, "retryable") === true) return;
  throw error;
}

/** Does `work`; a failure must be typed, and `between` hold, and then it is done again. */
async function persistently<T>(
  work: () => Promise<T>,
  between: () => Promise<void> = async () => {},
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    assertUnavailable(error);
    await between();
    return work();
  }
}

test("a fault at any one operation is an error that can be tried again, and nothing is lost", async () => {
  await using place = await temporaryFolder();
  const folder = place.file("auth");
  for (let failing = 1, reached = true; reached; failing++) {
    await prepare(folder);
    const files = new FailingFiles(CODES[failing % CODES.length] ?? "EIO");
    files.fails = (operation) => operation === failing;

    const session = await persistently(() => open(folder, files.io));
    expect(await persistently(() => stateOf(session))).toBe(OLD_STATE);
    await persistently(
      () => session.commit(NEW),
      async () => expect(await stateOf(session)).toBe(OLD_STATE),
    );
    expect(await persistently(() => stateOf(session))).toBe(NEW_STATE);
    await session.release().catch(assertUnavailable);
    reached = files.operations >= failing;

    const again = await open(folder);
    expect(await stateOf(again)).toBe(NEW_STATE);
    await again.release();
  }
});

test("a disk that fails for good leaves the old state or the new one", async () => {
  await using place = await temporaryFolder();
  const folder = place.file("auth");
  const outcomes = new Set<string>();
  for (let failing = 1, reached = true; reached; failing++) {
    await prepare(folder);
    const files = new FailingFiles(CODES[failing % CODES.length] ?? "EIO");
    files.fails = (operation) => operation >= failing;
    const whole = { acknowledged: false };
    try {
      const session = await open(folder, files.io);
      await session.commit(NEW);
      whole.acknowledged = true;
      await session.release();
    } catch (error) {
      assertUnavailable(error);
    }
    reached = files.operations >= failing;

    const again = await open(folder);
    const state = await stateOf(again);
    expect(whole.acknowledged ? [NEW_STATE] : [OLD_STATE, NEW_STATE]).toContain(state);
    outcomes.add(state);
    await again.release();
  }
  expect(outcomes.size).toBe(2);
});

test("a full disk keeps nobody from reading, and the next commit does not bring the refused one along", async () => {
  await using place = await temporaryFolder();
  const folder = place.file("auth");
  await prepare(folder);
  const files = new FailingFiles("ENOSPC");
  const session = await open(folder, files.io);
  await session.commit({ batchId: "0", ops: [putOp("t", "0", "x")] });

  // The write, and the attempt to take back what had been written of it.
  files.fails = (_operation, isOfLog) => isOfLog;
  await expect(session.commit(NEW)).rejects.toMatchObject(unavailable);
  files.fails = () => false;
  expect(await stateOf(session)).toBe(OLD_STATE);
  await session.commit({ batchId: "1", ops: [putOp("t", "2", "x")] });

  // Nobody has closed: this is the journal's word.
  const again = await open(folder);
  expect(await stateOf(again)).toBe(OLD_STATE);
  expect((await again.read("t", ["0", "2"])).map((value) => value?.length)).toEqual([1, 1]);
  await again.release();
  expect(unsyncedIo.list(place.file("auth/.auth-store/quarantine"))).toEqual([]);
});

test("a commit that is refused once it is in the journal is not brought back by a crash", async () => {
  await using place = await temporaryFolder();
  const folder = place.file("auth");
  await prepare(folder);
  let isAway = false;
  const io: FileIo = {
    ...unsyncedIo,
    isThere: (path) => !isAway && unsyncedIo.isThere(path),
    list: (path) => {
      if (isAway) throw Object.assign(new Error("EIO: by the test"), { code: "EIO" });
      return unsyncedIo.list(path);
    },
    createLog: (file) => {
      const log = unsyncedIo.createLog(file);
      return { ...log, sync: async () => void (isAway = true) };
    },
  };
  const session = await open(folder, io);

  await expect(session.commit(NEW)).rejects.toMatchObject(unavailable);
  isAway = false;
  expect(await stateOf(session)).toBe(OLD_STATE);

  const again = await open(folder);
  expect(await stateOf(again)).toBe(OLD_STATE);
  await again.release();
});

/** Fires no timer before a millisecond has passed, as Node does. */
class NodesClock extends ManualClock {
  override after(ms: number, callback: () => void): Disposable {
    return super.after(Math.max(ms, 1), callback);
  }
}

test("commits that never stop do not keep the files from being brought up to date", async () => {
  await using place = await temporaryFolder();
  const clock = new NodesClock();
  const backend = await fileBackend(place.file("auth"), { io: unsyncedIo, clock });
  const session = await backend.open("a", opening);
  const ids = Array.from({ length: 2001 }, (_, index) => `${index + 1}`);
  await session.commit({ batchId: "many", ops: ids.map((id) => putOp("device-list", id, "x")) });

  for (let commit = 0; commit < 5; commit++) {
    await clock.advance(0.5);
    await session.commit({ batchId: `${commit}`, ops: [putOp("t", "1", `${commit}`)] });
  }
  await settle();
  expect(unsyncedIo.list(place.file("auth/.auth-store/journal"))).toHaveLength(1);
  expect(unsyncedIo.list(place.file("auth/.auth-store/records"))?.length).toBeGreaterThan(2000);
  await session.release();
});

test("a checkpoint that fails is tried again in a while, however much there is to do", async () => {
  await using place = await temporaryFolder();
  const clock = new ManualClock();
  const files = new FailingFiles("ENOSPC");
  const backend = await fileBackend(place.file("auth"), { io: files.io, clock });
  const session = await backend.open("a", opening);
  const ids = Array.from({ length: 2001 }, (_, index) => `${index + 1}`);
  await session.commit({ batchId: "many", ops: ids.map((id) => putOp("device-list", id, "x")) });

  files.fails = () => true;
  await clock.advance(0);
  await settle();
  expect(clock.nextTimerInMs).toBe(1000);
  files.fails = () => false;
  await session.release();
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("files that cannot be brought up to date are tried again, and closing tells when they are not", async () => {
  await using place = await temporaryFolder();
  const folder = place.file("auth");
  const clock = new ManualClock();
  const files = new FailingFiles("ENOSPC");
  const backend = await fileBackend(folder, { io: files.io, clock });
  const session = await backend.open("a", opening);
  const isThere = (): boolean => unsyncedIo.modifiedAtMs(place.file("auth/creds.json")) !== null;

  await session.commit(OLD);
  expect(isThere()).toBe(false);
  // The journal is ended, and then the files cannot be written.
  const from = files.operations;
  files.fails = (operation) => operation > from + 1;
  await clock.advance(1000);
  await settle();
  expect(isThere()).toBe(false);
  files.fails = () => false;
  await clock.advance(1000);
  await settle();
  expect(isThere()).toBe(true);
  expect(await stateOf(session)).toBe(OLD_STATE);

  await session.commit(NEW);
  files.fails = () => true;
  await expect(session.release()).rejects.toMatchObject(unavailable);
  const again = await open(folder);
  expect(await stateOf(again)).toBe(NEW_STATE);
  await again.release();
});
