import { useMemoryAuthState } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import type { SignalDataTypeMap } from "@whiskeysockets/baileys";
import { proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { families } from "./support/arbitraries.ts";
import { getAny, setAny } from "./support/keys.ts";

describe.each(Object.entries(families))("%s", (type, { id, value }) => {
  test("a value comes back as it was, before and after opening again", async () => {
    await fc.assert(
      fc.asyncProperty(id, value, async (recordId, expected) => {
        const place = new MemoryPlace();
        await using writer = await useMemoryAuthState({ place });
        await setAny(writer, type, recordId, expected);
        const warm = await getAny(writer, type, recordId);
        await writer.close();
        await using reader = await useMemoryAuthState({ place });
        const cold = await getAny(reader, type, recordId);

        expect(warm).toEqual(expected);
        expect(cold).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});

test("values have the run-time types Baileys works with", async () => {
  const place = new MemoryPlace();
  const key = { public: Buffer.alloc(32, 1), private: Buffer.alloc(32, 2) };
  const syncKey = proto.Message.AppStateSyncKeyData.fromObject({
    keyData: Buffer.alloc(32, 3),
    timestamp: 4,
  });
  {
    await using writer = await useMemoryAuthState({ place });
    await writer.state.keys.set({
      "pre-key": { "1": key },
      "app-state-sync-key": { AAAA: syncKey },
      "lid-mapping": { "551199": "1234567" },
      "sender-key": { "1@g.us::2::0": Buffer.from("[]") },
    });
  }
  await using handle = await useMemoryAuthState({ place });
  const { keys } = handle.state;

  const { "1": preKey } = await keys.get("pre-key", ["1"]);
  const { AAAA: revived } = await keys.get("app-state-sync-key", ["AAAA"]);
  const { "551199": lid } = await keys.get("lid-mapping", ["551199"]);
  const { "1@g.us::2::0": senderKey } = await keys.get("sender-key", ["1@g.us::2::0"]);

  expect(Buffer.isBuffer(preKey?.private)).toBe(true);
  expect(revived).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
  expect(revived?.keyData).toBeInstanceOf(Uint8Array);
  expect(typeof lid).toBe("string");
  expect(Buffer.isBuffer(senderKey)).toBe(true);
});

const data = Buffer.from("\u0001\u0002\u0003").toString("base64");
const numbers = [1, 2, 3];
const legacyBytes = {
  "Baileys 6 and 7": { type: "Buffer", data },
  "plain JSON of a Buffer": { type: "Buffer", data: numbers },
  "Baileys 3 and 4, base64": { buffer: true, data },
  "Baileys 3 and 4, numbers": { buffer: true, value: numbers },
  "plain JSON of a Uint8Array": { "0": 1, "1": 2, "2": 3 },
  "protobuf JSON": data,
};

test("an empty Buffer is one after any marked form of it", async () => {
  await using handle = await useMemoryAuthState();
  for (const token of [
    { type: "Buffer", data: "" },
    { type: "Buffer", data: [] },
  ]) {
    await setAny(handle, "tctoken", "1@lid", { token });
    expect(await getAny(handle, "tctoken", "1@lid")).toEqual({ token: Buffer.alloc(0) });
  }
});

describe.each(Object.entries(legacyBytes))("bytes as %s wrote them", (_writer, legacy) => {
  const bytes = Buffer.of(1, 2, 3);

  test.each<[keyof SignalDataTypeMap, unknown, unknown]>([
    ["tctoken", { token: legacy, timestamp: "5" }, { token: bytes, timestamp: "5" }],
    ["pre-key", { public: legacy, private: legacy }, { public: bytes, private: bytes }],
    [
      "app-state-sync-version",
      { version: 1, hash: legacy, indexValueMap: { AA: { valueMac: legacy } } },
      { version: 1, hash: bytes, indexValueMap: { AA: { valueMac: bytes } } },
    ],
    ["identity-key", legacy, bytes],
  ])("are bytes again in %s", async (type, stored, expected) => {
    await using handle = await useMemoryAuthState();
    await setAny(handle, type, "1", stored);
    expect(await getAny(handle, type, "1")).toEqual(expected);
  });

  test("are bytes again in an app state sync key", async () => {
    await using handle = await useMemoryAuthState();
    await setAny(handle, "app-state-sync-key", "AAAA", {
      keyData: legacy,
      timestamp: "1700000000",
    });
    const { AAAA: key } = await handle.state.keys.get("app-state-sync-key", ["AAAA"]);

    expect(key).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
    expect(Buffer.from(key?.keyData ?? [])).toEqual(bytes);
    expect(Number(key?.timestamp)).toBe(1_700_000_000);
  });

  test("are bytes again in stored JSON", async () => {
    // An identity key in marked JSON, as a migration may have put it down.
    const place = new MemoryPlace();
    await using first = await useMemoryAuthState({ place });
    await first.close();
    const session = await memoryBackend({ place }).open("default", {
      create: false,
      owner: "migration",
      leaseMs: 60_000,
      isKnownDead: () => false,
    });
    const value = Buffer.from(`\u0004${JSON.stringify(legacy)}`);
    await session.commit({
      batchId: "1",
      ops: [{ op: "put", type: "identity-key", id: "1.0", value }],
    });
    await session.release();

    await using handle = await useMemoryAuthState({ place });
    expect(await getAny(handle, "identity-key", "1.0")).toEqual(bytes);
  });
});

test("a lid-mapping that a JSON column turned into a number is text again", async () => {
  await using handle = await useMemoryAuthState();
  await setAny(handle, "lid-mapping", "551199", 123_456_789_012_345);
  expect(await getAny(handle, "lid-mapping", "551199")).toBe("123456789012345");
});

test("an object with number-like keys is not taken for bytes", async () => {
  await using handle = await useMemoryAuthState();
  for (const value of [{ "2021": 5, "2022": 7 }, { "5abc": 1 }, { "0": 1, "1": 2 }, {}]) {
    await setAny(handle, "bridge-years", "1", value);
    expect(await getAny(handle, "bridge-years", "1")).toEqual(value);
  }
});

test.each([
  { type: "Buffer", data: "AQID" },
  { type: "Buffer", data: [1, 2, 3] },
  { buffer: true, value: [1, 2, 3] },
  { type: "Literal", value: { type: "Buffer", data: "AQID" } },
  { inside: [{ type: "Buffer", data: "" }] },
])("an object that only looks like marked bytes stays what it is: %j", async (value) => {
  await using handle = await useMemoryAuthState();
  await setAny(handle, "bridge-state", "1", value);
  expect(await getAny(handle, "bridge-state", "1")).toEqual(value);
});

test("a value that cannot be stored is refused, and nothing of its set is stored", async () => {
  await using handle = await useMemoryAuthState();
  const changes = { "device-list": { "1": ["0"] }, "bridge-x": { "1": 10n } };
  await expect(handle.state.keys.set(changes)).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
  expect(await getAny(handle, "device-list", "1")).toBeNull();
});
