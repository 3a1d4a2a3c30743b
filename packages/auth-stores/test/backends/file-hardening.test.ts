import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { openAuthState, useFileAuthState } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import type { Clock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import type { FileIo } from "../../src/backends/file/io.ts";
import { openSession, putOp } from "../support/backend-calls.ts";
import { getAny, setAny } from "../support/keys.ts";
import { unsyncedIo } from "../support/recorded-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const isKnownDead = (): boolean => true;
const textsOf = (values: readonly (Uint8Array | null)[]): string[] =>
  values.map((value) => Buffer.from(value ?? []).toString());
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("whatever it creates can be read by its owner alone", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("auth");
  await using handle = await useFileAuthState(path);
  await setAny(handle, "device-list", "1", ["0"]);
  await setAny(handle, "odd", "a/b", "x");
  for (const isClosed of [false, true]) {
    if (isClosed) await handle.close();
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    expect(modeOf(path)).toBe("700");
    for (const entry of entries) {
      const expected = entry.isDirectory() ? "700" : "600";
      expect([entry.name, modeOf(join(entry.parentPath, entry.name))]).toEqual([
        entry.name,
        expected,
      ]);
    }
    expect(entries.filter((entry) => entry.isFile()).length).toBeGreaterThan(2);
  }
});

test("a folder is created, the one it would be in is not, and a file is no folder", async () => {
  await using folder = await temporaryFolder();
  writeFileSync(folder.file("file"), "");
  for (const path of ["missing/auth", "file", "file/auth"]) {
    await expect(useFileAuthState(folder.file(path))).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
    });
  }
  expect(readdirSync(folder.path)).toEqual(["file"]);
});

test.each(["creds.json", "session-1.0.json", ".auth-store"])(
  "a symbolic link at %s is refused before anything is changed",
  async (name) => {
    await using folder = await temporaryFolder();
    mkdirSync(folder.file("auth"));
    mkdirSync(folder.file("elsewhere"));
    const target = name === ".auth-store" ? "elsewhere" : "secret";
    if (target === "secret") writeFileSync(folder.file("secret"), "{}");
    symlinkSync(folder.file(target), join(folder.file("auth"), name));

    await expect(useFileAuthState(folder.file("auth"))).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
    });
    expect(readdirSync(folder.file("auth"))).toEqual([name]);
    expect(readdirSync(folder.file("elsewhere"))).toEqual([]);
  },
);

test("a file with a second name is not read", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("auth");
  await using backend = await fileBackend(path);
  const session = await openSession(backend);
  writeFileSync(folder.file("other"), '["0"]');
  linkSync(folder.file("other"), join(path, "device-list-1.json"));
  symlinkSync(folder.file("other"), join(path, "device-list-2.json"));

  for (const id of ["1", "2"]) {
    await expect(session.read("device-list", [id])).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
    });
  }
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  await session.release();
});

test.each([
  ["cut short", (text: string) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["of something else", () => "{}"],
])(
  "creds that are %s are corrupt, name their generations, and can be gone back from",
  async (_how, damage) => {
    await using folder = await temporaryFolder();
    const file = folder.file("creds.json");
    const first = await useFileAuthState(folder.path);
    for (let counter = 1; counter <= 7; counter++) {
      first.state.creds.accountSyncCounter = counter;
      await first.saveCreds();
    }
    await first.close();
    const damaged = damage(readFileSync(file, "utf8"));
    writeFileSync(file, damaged);

    const refused = await useFileAuthState(folder.path).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "AUTH_STORE_CORRUPT" });
    expect(String(refused)).toContain(folder.file(".auth-store/creds"));
    expect(readFileSync(file, "utf8")).toBe(damaged);
    const generations = readdirSync(folder.file(".auth-store/creds"));
    expect(generations).toHaveLength(5);
    const counters = generations.map((name): number => {
      const stored: unknown = JSON.parse(
        readFileSync(folder.file(`.auth-store/creds/${name}`), "utf8"),
      );
      return Number(Reflect.get(Object(stored), "accountSyncCounter"));
    });
    expect(counters.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6]);

    await using recovered = await useFileAuthState(folder.path, { recoverCreds: true });
    expect(recovered.state.creds.accountSyncCounter).toBe(6);
    expect(recovered.state.creds.noiseKey).toEqual(first.state.creds.noiseKey);
  },
);

test("a corrupt record is kept in the quarantine folder and reads as absent", async () => {
  await using folder = await temporaryFolder();
  const { saveCreds } = await useMultiFileAuthState(folder.path);
  await saveCreds();
  writeFileSync(folder.file("session-1.0.json"), '{"_sessions":{"torn');
  writeFileSync(folder.file("device-list-1.json"), "");

  await using handle = await useFileAuthState(folder.path);
  const corrupt: string[] = [];
  handle.onCorrupt(({ type, id }) => corrupt.push(`${type} ${id}`));
  expect(await getAny(handle, "session", "1.0")).toBeNull();
  expect(await getAny(handle, "device-list", "1")).toBeNull();
  expect(corrupt).toEqual(["session 1.0", "device-list 1"]);
  await handle.close();

  expect(existsSync(folder.file("session-1.0.json"))).toBe(false);
  const kept = readdirSync(folder.file(".auth-store/quarantine"));
  const torn = kept.find((name) => name.endsWith("session-1.0.json")) ?? "";
  expect(readFileSync(folder.file(`.auth-store/quarantine/${torn}`), "utf8")).toBe(
    '{"_sessions":{"torn',
  );
});

test.each([
  ['{"schema":99}', "AUTH_STORE_SCHEMA_NEWER"],
  ["{", "AUTH_STORE_CORRUPT"],
  ['{"schema":1}', "AUTH_STORE_CORRUPT"],
])("a folder described by %s is refused with %s and left as it is", async (text, code) => {
  await using folder = await temporaryFolder();
  await useFileAuthState(folder.path).then((handle) => handle.close());
  const meta = folder.file(".auth-store/meta.json");
  writeFileSync(meta, text);

  await expect(useFileAuthState(folder.path)).rejects.toMatchObject({ code });
  expect(readFileSync(meta, "utf8")).toBe(text);
});

test("a folder is opened under its own name only", async () => {
  await using folder = await temporaryFolder();
  await useFileAuthState(folder.path, { sessionId: "a" }).then((handle) => handle.close());
  await expect(useFileAuthState(folder.path, { sessionId: "b" })).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
  await useFileAuthState(folder.path, { sessionId: "a" }).then((handle) => handle.close());
});

test("a folder that is not there any more is an error, not a session without records", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("parent/auth");
  mkdirSync(dirname(path));
  await using backend = await fileBackend(path);
  const session = await openSession(backend);
  renameSync(dirname(path), folder.file("unmounted"));

  const unavailable = { code: "AUTH_STORE_UNAVAILABLE" };
  await expect(session.read("t", ["1"])).rejects.toMatchObject(unavailable);
  await expect(session.readCreds()).rejects.toMatchObject(unavailable);
  await expect(session.types()).rejects.toMatchObject(unavailable);
  await expect(session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] })).rejects.toMatchObject(
    unavailable,
  );
});

test("a torn last record of the journal is set aside, and those before it count", async () => {
  await using folder = await temporaryFolder();
  await using backend = await fileBackend(folder.path, { clock: new ManualClock() });
  const session = await openSession(backend);
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  const [journal = ""] = readdirSync(folder.file(".auth-store/journal"));
  const path = folder.file(`.auth-store/journal/${journal}`);
  const whole = readFileSync(path);
  const torn = Buffer.from(whole);
  torn[torn.length - 1] = 0;
  writeFileSync(path, Buffer.concat([whole, torn]));

  const next = await backend.open("a", {
    create: false,
    owner: "next",
    leaseMs: 60_000,
    isKnownDead,
  });
  expect((await next.read("t", ["1"])).map((value) => Buffer.from(value ?? []).toString())).toEqual(
    ["x"],
  );
  expect(readdirSync(folder.file(".auth-store/journal"))).toEqual([]);
  const kept = readdirSync(folder.file(".auth-store/quarantine"));
  expect(readFileSync(folder.file(`.auth-store/quarantine/${kept[0]}`))).toEqual(torn);
});

test("a folder of folders lists what Baileys left in it, and deleting one leaves other files alone", async () => {
  await using folder = await temporaryFolder();
  const outside = `../${basename(folder.path)}-outside`;
  for (const name of ["Acme", "15550001111"]) {
    const { saveCreds, state } = await useMultiFileAuthState(folder.file(name));
    await saveCreds();
    await state.keys.set({ "device-list": { "1": ["0"] } });
  }
  mkdirSync(folder.file("unrelated"));
  writeFileSync(folder.file("Acme/notes.txt"), "mine");
  await using backend = await fileBackend(folder.path, { sessions: "many" });
  const list = async (): Promise<string[]> => {
    const names: string[] = [];
    for await (const { sessionId, createdAtMs } of backend.list()) {
      expect(createdAtMs).toBeGreaterThan(0);
      names.push(sessionId);
    }
    return names.toSorted();
  };
  expect(await list()).toEqual(["15550001111", "Acme"]);
  for (const sessionId of [outside, ".x", "a/b", "é", "a.b"]) {
    await using handle = await openAuthState({ backend, sessionId, create: "if-missing" });
    await setAny(handle, "device-list", "1", [sessionId]);
  }
  expect(await list()).toEqual(
    [outside, ".x", "15550001111", "Acme", "a.b", "a/b", "é"].toSorted(),
  );
  expect(existsSync(folder.file(outside))).toBe(false);

  for (const sessionId of ["Acme", "15550001111"]) {
    await backend.delete(sessionId, { isKnownDead: () => false });
  }
  expect(readdirSync(folder.file("Acme"))).toEqual(["notes.txt"]);
  expect(existsSync(folder.file("15550001111"))).toBe(false);
});

/** A file system to which `a` and `A` are the same name, as on macOS and Windows. */
function ignoringCase(io: FileIo): FileIo {
  const actual = (path: string): string => {
    const entries = io.list(dirname(path)) ?? [];
    const name = basename(path).toLowerCase();
    const found = entries.find((entry) => entry.name.toLowerCase() === name);
    return found === undefined ? path : join(dirname(path), found.name);
  };
  return {
    ...io,
    read: (file) => io.read(actual(file)),
    modifiedAtMs: (path) => io.modifiedAtMs(actual(path)),
    rename: (from, to) => io.rename(from, actual(to)),
    remove: (file) => io.remove(actual(file)),
  };
}

test("keys whose ids differ in case alone are told apart where file names are not", async () => {
  await using folder = await temporaryFolder();
  const io = ignoringCase(unsyncedIo);
  const ids = ["AbCd", "abCD", "ABCD", "abcd"];
  for (let round = 0; round < 3; round++) {
    await using backend = await fileBackend(folder.path, { io });
    const session = await openSession(backend);
    await session.commit({
      batchId: `${round}`,
      ops: ids.map((id) => putOp("other", id, `\u0001${id} ${round}`)),
    });
    expect(textsOf(await session.read("other", ids))).toEqual(
      ids.map((id) => `\u0001${id} ${round}`),
    );
    await session.release();

    const again = await openSession(backend);
    expect(textsOf(await again.read("other", ids))).toEqual(
      ids.map((id) => `\u0001${id} ${round}`),
    );
    const listed: string[] = [];
    for await (const id of again.ids("other")) listed.push(id);
    expect(listed.toSorted()).toEqual(ids.toSorted());
    await again.commit({ batchId: "del", ops: [{ op: "del", type: "other", id: "AbCd" }] });
    expect(textsOf(await again.read("other", ids))[0]).toBe("");
    expect(textsOf(await again.read("other", ids)).slice(1)).toEqual(
      ids.slice(1).map((id) => `\u0001${id} ${round}`),
    );
    await again.release();
  }
});

test("a long read sees one state while commits and their files go on beside it", async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  await using backend = await fileBackend(folder.path, { io: unsyncedIo, clock });
  const ids = Array.from({ length: 150 }, (_, index) => `${index}`);
  const write = (session: Awaited<ReturnType<typeof openSession>>, round: number): Promise<void> =>
    session.commit({ batchId: `${round}`, ops: ids.map((id) => putOp("t", id, `\u0001${round}`)) });
  const first = await openSession(backend);
  await write(first, 0);
  await first.release();

  const session = await openSession(backend);
  const reads: Promise<readonly (Uint8Array | null)[]>[] = [];
  for (let round = 1; round <= 3; round++) {
    reads.push(session.read("t", ids));
    await write(session, round);
    reads.push(session.read("t", ids));
    await clock.advance(1000);
  }
  for (const values of await Promise.all(reads)) {
    expect(new Set(values.map((value) => Buffer.from(value ?? []).toString())).size).toBe(1);
  }
  await session.release();
});

test("a folder that may not be written is refused", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("auth");
  mkdirSync(path);
  chmodSync(path, 0o500);
  const refused = await useFileAuthState(path).then(
    async (handle) => {
      await handle.close();
      return "opened";
    },
    (error: unknown) => Reflect.get(Object(error), "code"),
  );
  // The superuser may write anywhere.
  expect(refused).toBe(process.getuid?.() === 0 ? "opened" : "USAGE_UNREADABLE_PATH");
});

test("a process whose timers run late has lost the folder, and does not renew first", async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock();
  let stalledMs = 0;
  const late: Clock = {
    now: () => clock.now() + stalledMs,
    monotonic: () => clock.monotonic() + stalledMs,
    after: (ms, callback) => clock.after(ms, callback),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const handle = await useFileAuthState(folder.path, { clock: late, leaseMs: 10_000 });
  stalledMs = 8_000;
  await expect(setAny(handle, "device-list", "1", ["0"])).rejects.toMatchObject({
    code: "AUTH_STORE_FENCED",
  });
  await handle.close().catch(() => undefined);
  expect(existsSync(folder.file("device-list-1.json"))).toBe(false);
});
