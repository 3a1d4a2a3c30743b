import { type BaileysModule, useMemoryAuthState } from "@motte/auth-stores";
import { MemoryPlace } from "@motte/auth-stores/backends/memory";
import * as baileys from "@whiskeysockets/baileys";
import { BufferJSON, initAuthCreds, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { markedJson, storeBytes } from "./support/stored.ts";

test("creds come back as they were saved, bytes as bytes", async () => {
  const place = new MemoryPlace();
  await using handle = await useMemoryAuthState({ place });
  const { creds } = handle.state;
  creds.me = { id: "1:2@s.whatsapp.net", lid: "3:2@lid", name: "Ada" };
  creds.routingInfo = Buffer.of(1, 2, 3);
  creds.signalIdentities = [
    { identifier: { name: "3@lid", deviceId: 0 }, identifierKey: Buffer.alloc(33, 5) },
  ];
  creds.processedHistoryMessages = [{ key: { id: "A", remoteJid: "1@lid" }, messageTimestamp: 7 }];
  await handle.saveCreds();
  await handle.close();

  await using again = await useMemoryAuthState({ place, create: "never" });
  expect(again.state.creds).toEqual(creds);
  expect(Buffer.isBuffer(again.state.creds.routingInfo)).toBe(true);
});

test("the account's signed identity keeps its bytes although protobuf writes itself as text", async () => {
  const place = new MemoryPlace();
  await using handle = await useMemoryAuthState({ place });
  handle.state.creds.account = proto.ADVSignedDeviceIdentity.fromObject({
    details: Buffer.of(1),
    accountSignatureKey: Buffer.alloc(32, 2),
    accountSignature: Buffer.alloc(64, 3),
    deviceSignature: Buffer.alloc(64, 4),
  });
  const before = proto.ADVSignedDeviceIdentity.encode(handle.state.creds.account).finish();
  await handle.saveCreds();
  await handle.close();

  await using again = await useMemoryAuthState({ place });
  const { account } = again.state.creds;
  expect(account?.accountSignatureKey).toEqual(Buffer.alloc(32, 2));
  expect(Buffer.from(proto.ADVSignedDeviceIdentity.encode(account ?? {}).finish())).toEqual(
    Buffer.from(before),
  );
});

test("whatever an application keeps in additionalData comes back as it was", async () => {
  const anything = fc.anything({
    withNullPrototype: false,
    values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant("Buffer")],
    key: fc.oneof(fc.constantFrom("type", "data", "buffer", "value", "0", "1"), fc.string()),
  });
  await fc.assert(
    fc.asyncProperty(anything, async (additionalData) => {
      const place = new MemoryPlace();
      await using handle = await useMemoryAuthState({ place });
      handle.state.creds.additionalData = additionalData;
      await handle.saveCreds();
      await handle.close();
      await using again = await useMemoryAuthState({ place });
      expect(again.state.creds.additionalData).toEqual(additionalData);
    }),
    { numRuns: 25 },
  );
});

const legacyForms: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  "Baileys 6 and 7": (bytes) => ({ type: "Buffer", data: Buffer.from(bytes).toString("base64") }),
  "plain JSON of a Buffer": (bytes) => ({ type: "Buffer", data: [...bytes] }),
  "Baileys 3 and 4": (bytes) => ({ buffer: true, data: Buffer.from(bytes).toString("base64") }),
  "plain JSON of a Uint8Array": (bytes) => Object.fromEntries(bytes.entries()),
};

test.each(Object.entries(legacyForms))("creds as %s wrote them are read", async (_writer, form) => {
  const creds = { ...initAuthCreds(), routingInfo: Buffer.of(9) };
  const place = new MemoryPlace();
  const text = JSON.stringify(creds, BufferJSON.replacer);
  const stored: unknown = JSON.parse(text, (_key, value: unknown) =>
    isMarked(value) ? form(Buffer.from(value.data, "base64")) : value,
  );
  await storeBytes(place, { creds: markedJson(stored) });

  await using handle = await useMemoryAuthState({ place, create: "never" });
  expect(handle.state.creds).toEqual(creds);
});

test.each([
  ["no bytes", Buffer.alloc(0)],
  ["half a file", markedJson({ noiseKey: "…" }).subarray(0, 10)],
  ["JSON of something else", markedJson({})],
  ["creds without keys", markedJson({ registrationId: 1 })],
  ["creds with half a key", markedJson({ ...initAuthCreds(), noiseKey: { public: "AA==" } })],
  ["a file of zeros", Buffer.alloc(100)],
])("creds that are %s are never replaced by new ones", async (_what, bytes) => {
  const place = new MemoryPlace();
  await storeBytes(place, { creds: bytes });

  for (const create of ["if-missing", "never"] as const) {
    const opened = useMemoryAuthState({ place, create });
    await expect(opened).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT", retryable: false });
  }
  // The failed attempts neither kept the session nor touched it.
  await expect(useMemoryAuthState({ place })).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
});

test("earlier creds are gone on from when asked, past every pre-key made since", async () => {
  const place = new MemoryPlace();
  await using first = await useMemoryAuthState({ place });
  const { creds, keys } = first.state;
  creds.me = { id: "1@s.whatsapp.net" };
  await first.saveCreds();
  await keys.set({ "pre-key": { "41": { public: Buffer.alloc(32), private: Buffer.alloc(32) } } });
  await first.close();
  await storeBytes(place, { creds: Buffer.from("torn") });

  const refused = useMemoryAuthState({ place });
  await expect(refused).rejects.toThrow(/2 earlier generations.*recoverCreds: true/);
  await using recovered = await useMemoryAuthState({ place, recoverCreds: true });

  expect(recovered.state.creds.registrationId).toBe(creds.registrationId);
  expect(recovered.state.creds.me).toEqual({ id: "1@s.whatsapp.net" });
  expect(recovered.state.creds.nextPreKeyId).toBe(42);
  await recovered.close();
  await using plain = await useMemoryAuthState({ place });
  expect(plain.state.creds.nextPreKeyId).toBe(42);
});

test("a missing session is not found unless it may be created", async () => {
  const missing = useMemoryAuthState({ create: "never" });
  await expect(missing).rejects.toMatchObject({ code: "AUTH_STORE_NOT_FOUND" });
});

test("new creds are stored at once, so that the next opening has the same identity", async () => {
  const place = new MemoryPlace();
  const first = await useMemoryAuthState({ place });
  await first.close();
  await using second = await useMemoryAuthState({ place, create: "never" });
  expect(second.state.creds).toEqual(first.state.creds);
});

test("the Baileys passed in is the one used", async () => {
  const creds = initAuthCreds();
  const fork: BaileysModule = { ...baileys, initAuthCreds: () => creds };
  await using handle = await useMemoryAuthState({ baileys: fork });
  expect(handle.state.creds).toBe(creds);
});

function isMarked(value: unknown): value is { readonly data: string } {
  return typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
}
