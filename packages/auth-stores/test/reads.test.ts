import {
  AuthStoreError,
  type CorruptRecord,
  openAuthState,
  useMemoryAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { deferred } from "./support/deferred.ts";
import { getAny, setAny } from "./support/keys.ts";
import { markedJson, storeBytes } from "./support/stored.ts";
import { type BackendWatch, watched } from "./support/watched-backend.ts";

async function open(
  watch: BackendWatch,
  options: { cacheBytes?: number; place?: MemoryPlace } = {},
) {
  const { place = new MemoryPlace(), ...rest } = options;
  const clock = new ManualClock();
  const backend = watched(memoryBackend({ place, clock }), watch);
  const handle = await openAuthState({
    backend,
    sessionId: "default",
    create: "if-missing",
    clock,
    ...rest,
  });
  return { handle, clock };
}

test("no ids are answered without asking, and absent ids with null", async () => {
  const reads: (readonly string[])[] = [];
  const { handle } = await open({ beforeRead: (_type, ids) => void reads.push(ids) });

  expect(Object.entries(await handle.state.keys.get("session", []))).toEqual([]);
  expect(reads).toEqual([]);
  const found = await handle.state.keys.get("session", ["1.0", "__proto__"]);
  expect(Object.entries(found)).toEqual([
    ["1.0", null],
    ["__proto__", null],
  ]);
  await handle.close();
});

test("what was read or written is not asked for again, absent records included", async () => {
  const reads: string[] = [];
  const { handle } = await open({ beforeRead: (_type, ids) => void reads.push(...ids) });
  await setAny(handle, "device-list", "written", ["0"]);
  for (let round = 0; round < 2; round++) {
    await handle.state.keys.get("device-list", ["written", "absent", "absent"]);
    await handle.state.keys.get("device-list", ["absent", "other"]);
  }

  expect(reads).toEqual(["absent", "other"]);
  await handle.close();
});

test("a cache that is too small forgets, and stays correct", async () => {
  let reads = 0;
  const { handle } = await open({ beforeRead: () => void reads++ }, { cacheBytes: 1000 });
  const ids = Array.from({ length: 30 }, (_, index) => `${index}`);
  for (const id of ids) await setAny(handle, "device-list", id, [id]);

  for (const id of ids) expect(await getAny(handle, "device-list", id)).toEqual([id]);
  expect(reads).toBeGreaterThan(20);
  await handle.close();
});

test("whoever reads a value may change it", async () => {
  await using handle = await useMemoryAuthState();
  const token = Buffer.from("token");
  await setAny(handle, "device-list", "1", ["0"]);
  await setAny(handle, "tctoken", "1@lid", { token });
  await setAny(handle, "sender-key", "k", Buffer.from("[1]"));
  await setAny(handle, "pre-key", "1", {
    public: Buffer.alloc(32, 1),
    private: Buffer.alloc(32, 2),
  });
  await setAny(handle, "bridge-state", "1", Buffer.from("raw"));
  token.fill(0);
  for (let round = 0; round < 2; round++) {
    const { "1": devices } = await handle.state.keys.get("device-list", ["1"]);
    const { "1@lid": privacy } = await handle.state.keys.get("tctoken", ["1@lid"]);
    const { k: senderKey } = await handle.state.keys.get("sender-key", ["k"]);
    expect(devices).toEqual(["0"]);
    expect(privacy?.token.toString()).toBe("token");
    expect(Buffer.from(senderKey ?? []).toString()).toBe("[1]");
    const { "1": preKey } = await handle.state.keys.get("pre-key", ["1"]);
    const raw = (await getAny(handle, "bridge-state", "1")) as Uint8Array;
    expect(preKey?.private).toEqual(Buffer.alloc(32, 2));
    expect(Buffer.from(raw).toString()).toBe("raw");
    preKey?.private.fill(0);
    raw.fill(0);
    devices?.push("99");
    privacy?.token.fill(0);
    senderKey?.fill(0);
  }
});

test("a read that a write overtakes does not put the old value back", async () => {
  const place = new MemoryPlace();
  {
    await using first = await useMemoryAuthState({ place });
    await setAny(first, "device-list", "1", ["old"]);
  }
  const gate = deferred();
  const { handle } = await open({ afterRead: () => gate.promise }, { place });
  const slow = getAny(handle, "device-list", "1");
  await setAny(handle, "device-list", "1", ["new"]);
  gate.resolve();
  await slow;

  expect(await getAny(handle, "device-list", "1")).toEqual(["new"]);
  await handle.close();
});

test("a read is tried again while the backend is away, and its failure is never 'absent'", async () => {
  let failures = 2;
  const { handle, clock } = await open({
    beforeRead: () => {
      if (failures-- > 0)
        throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "busy", { retryable: true });
    },
  });
  const passing = getAny(handle, "session", "1.0");
  await clock.advance(2000);
  expect(await passing).toBeNull();

  failures = 100;
  const failing = getAny(handle, "session", "2.0").catch((error: unknown) => error);
  await clock.advance(2000);
  expect(await failing).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE" });
  await handle.close();
});

test("a record that could not be read is not overwritten until it has been read or is deleted", async () => {
  let broken = false;
  const place = new MemoryPlace();
  {
    await using first = await useMemoryAuthState({ place });
    await setAny(first, "device-list", "1", ["old"]);
    await setAny(first, "device-list", "2", ["old"]);
  }
  const { handle } = await open(
    {
      beforeRead: () => {
        if (broken) throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "away");
      },
    },
    { place },
  );
  broken = true;
  await expect(handle.state.keys.get("device-list", ["1", "2"])).rejects.toThrow("away");
  broken = false;

  const blind = { "device-list": { "1": ["new"], "3": ["beside it"] } };
  await expect(handle.state.keys.set(blind)).rejects.toThrow(/could not be read/);
  expect(await getAny(handle, "device-list", "3")).toBeNull();
  expect(await getAny(handle, "device-list", "1")).toEqual(["old"]);
  // Baileys repeats the same object; it is as blind as before.
  await expect(handle.state.keys.set(blind)).rejects.toThrow(/could not be read/);
  await setAny(handle, "device-list", "1", ["new"]);
  expect(await getAny(handle, "device-list", "1")).toEqual(["new"]);

  await expect(setAny(handle, "device-list", "2", ["new"])).rejects.toThrow(/could not be read/);
  await setAny(handle, "device-list", "2", null);
  await setAny(handle, "device-list", "2", ["new"]);
  expect(await getAny(handle, "device-list", "2")).toEqual(["new"]);
  await handle.close();
});

test.each([
  ["session", Buffer.from('\u0003{"_sessions":{"a"')],
  ["pre-key", Buffer.from("\u0005too short")],
  ["app-state-sync-key", Buffer.from("\u0006\u000a\u00ff")],
  ["tctoken", Buffer.alloc(0)],
  ["device-list", Buffer.from("\u0099?")],
  ["app-state-sync-key", markedJson("not an object")],
])("a corrupt %s record is set aside, reported once and reads as absent", async (type, value) => {
  const place = new MemoryPlace();
  await useMemoryAuthState({ place }).then((first) => first.close());
  await storeBytes(place, { ops: [{ op: "put", type, id: "1", value }] });

  const { handle } = await open({}, { place });
  const reported: CorruptRecord[] = [];
  handle.onCorrupt((record) => reported.push(record));
  expect(await getAny(handle, type, "1")).toBeNull();
  expect(await getAny(handle, type, "1")).toBeNull();

  expect(reported).toEqual([
    { sessionId: "default", type, id: "1", reason: expect.any(String) as string },
  ]);
  await setAny(handle, "device-list", "1", ["0"]);
  expect(await getAny(handle, "device-list", "1")).toEqual(["0"]);
  await handle.close();
});
