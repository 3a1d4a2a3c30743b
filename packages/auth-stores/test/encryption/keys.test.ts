import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import {
  type EncryptionOptions,
  openAuthState,
  useMemoryAuthState,
  useSqliteAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import {
  type KeyProvider,
  keyFile,
  keyFromEnvironment,
  keyring,
  passphraseKey,
  sealed,
  secretKey,
} from "@motte/auth-stores/encryption";
import type { Logger } from "@motte/core/logger";
import { ManualClock } from "@motte/core/manual-clock";
import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { getAny, setAny } from "../support/keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const right = Buffer.alloc(32, 1);
const wrong = Buffer.alloc(32, 2);
const cheap = { cost: 10 };

/** Everything a place holds, to see whether anything has changed. */
function contentOf(place: MemoryPlace): string {
  const sessions = [...place.sessions].map(([id, { content }]) => [id, content]);
  return inspect(sessions, { depth: 9, maxArrayLength: null });
}

async function encryptedPlace(encryption: EncryptionOptions): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  await using handle = await useMemoryAuthState({ place, encryption });
  await setAny(handle, "device-list", "1", ["7"]);
  return place;
}

async function devices(place: MemoryPlace, key: EncryptionOptions["key"]): Promise<unknown> {
  await using handle = await useMemoryAuthState({ place, encryption: { key }, create: "never" });
  return getAny(handle, "device-list", "1");
}

test.each<[string, EncryptionOptions["key"]]>([
  ["bytes", right],
  ["hexadecimal digits", right.toString("hex")],
  ["a provider", secretKey(right)],
  ["a passphrase", passphraseKey("correct horse", cheap)],
])("a session opens again with the key it was made with, given as %s", async (_what, key) => {
  const place = await encryptedPlace({ key });
  expect(await devices(place, key)).toEqual(["7"]);
});

test.each<[string, EncryptionOptions["key"], EncryptionOptions["key"]]>([
  ["bytes", right, wrong],
  ["passphrases", passphraseKey("correct horse", cheap), passphraseKey("battery staple", cheap)],
  ["a key and a passphrase", right, passphraseKey("correct horse", cheap)],
])("a wrong key is told, and nothing is changed (%s)", async (_what, made, given) => {
  const place = await encryptedPlace({ key: made });
  const before = contentOf(place);

  await expect(devices(place, given)).rejects.toMatchObject({
    code: "AUTH_STORE_WRONG_KEY",
    retryable: false,
    sessionId: "default",
  });
  expect(contentOf(place)).toBe(before);
  expect(await devices(place, made)).toEqual(["7"]);
});

test("an encrypted session is not opened without a key, not even to recover its creds", async () => {
  const place = await encryptedPlace({ key: right });
  const before = contentOf(place);

  for (const recoverCreds of [false, true]) {
    await expect(useMemoryAuthState({ place, recoverCreds })).rejects.toMatchObject({
      code: "AUTH_STORE_ENCRYPTED",
      message: expect.stringContaining("encryption: { key }") as string,
    });
  }
  expect(contentOf(place)).toBe(before);
  expect(await devices(place, right)).toEqual(["7"]);
});

test("a plain session is not opened with a key, and is left as it is", async () => {
  const place = new MemoryPlace();
  {
    await using handle = await useMemoryAuthState({ place });
    await setAny(handle, "device-list", "1", ["7"]);
  }
  const before = contentOf(place);

  await expect(devices(place, right)).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_ENCRYPTED",
    message: expect.stringContaining("adopt: true") as string,
  });
  expect(contentOf(place)).toBe(before);
  await using handle = await useMemoryAuthState({ place });
  expect(await getAny(handle, "device-list", "1")).toEqual(["7"]);
});

test("a damaged data key is not taken for a wrong key", async () => {
  const place = await encryptedPlace({ key: right });
  const session = await memoryBackend({ place }).open("default", {
    create: false,
    owner: "tamperer",
    leaseMs: 1,
    isKnownDead: () => true,
  });
  const ring = Buffer.from((await session.readMeta()).get("encryption") ?? []);
  const at = ring.indexOf('"wrapped":"') + 30;
  ring[at] = ring[at] === 65 ? 66 : 65;
  await session.commit({ batchId: "1", ops: [], meta: new Map([["encryption", ring]]) });
  await session.release();

  await expect(devices(place, right)).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
});

test("whatever flips in the key record, the session does not open as something else", async () => {
  const place = await encryptedPlace({ key: right });
  const backend = memoryBackend({ place });
  const open = () =>
    backend.open("default", { create: false, owner: "t", leaseMs: 1, isKnownDead: () => true });
  const ring = (await (await open()).readMeta()).get("encryption") ?? new Uint8Array();
  const outcomes = new Set<string>();
  for (let at = 0; at < ring.length; at++) {
    const session = await open();
    const bad = Uint8Array.from(ring, (byte, index) => (index === at ? byte ^ 1 : byte));
    const meta = new Map([["encryption", bad]]);
    await session.commit({ batchId: `${at}`, ops: [], meta });
    await session.release();
    outcomes.add(await devices(place, right).then(String, ({ code }: { code: string }) => code));
  }

  outcomes.delete("AUTH_STORE_WRONG_KEY");
  outcomes.delete("AUTH_STORE_SCHEMA_NEWER");
  expect([...outcomes]).toEqual(["AUTH_STORE_CORRUPT"]);
});

test.each<[string, unknown, string]>([
  ["bytes that are too few", { key: Buffer.alloc(16) }, "32 bytes"],
  ["a passphrase where a key belongs", { key: "correct horse" }, "passphraseKey"],
  ["an option that does not exist", { key: right, hideIDs: true }, "hideIds"],
])("%s are refused before anything is created", async (_what, encryption, hint) => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const opened = useSqliteAuthState(file, { encryption: encryption as EncryptionOptions });

  await expect(opened).rejects.toThrow(hint);
  await expect(useSqliteAuthState(file, { create: "never" })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });
});

test("a key comes from a file or the environment", async () => {
  await using folder = await temporaryFolder();
  const [binary, text] = [folder.file("key"), folder.file("key.hex")];
  await writeFile(binary, right);
  await writeFile(text, `${right.toString("hex")}\n`);
  vi.stubEnv("MOTTE_TEST_KEY", right.toString("hex"));
  const place = await encryptedPlace({ key: right });

  for (const key of [
    await keyFile(binary),
    await keyFile(text),
    keyFromEnvironment("MOTTE_TEST_KEY"),
  ]) {
    expect(await devices(place, key)).toEqual(["7"]);
  }
  vi.unstubAllEnvs();
  await expect(keyFile(folder.file("missing"))).rejects.toMatchObject({
    code: "USAGE_UNREADABLE_PATH",
  });
  expect(() => keyFromEnvironment("MOTTE_TEST_KEY")).toThrow(/not set/);
});

/** A key management service that counts, and fails on demand. */
function service(): KeyProvider & { calls: string[]; down: boolean } {
  const inside = secretKey(right);
  return {
    currentId: "arn:key/1",
    calls: [],
    down: false,
    async wrap(dataKey) {
      this.calls.push("wrap");
      return inside.wrap(dataKey);
    },
    async unwrap(_id, wrapped) {
      this.calls.push("unwrap");
      if (this.down) throw new Error("ECONNREFUSED");
      return inside.unwrap(inside.currentId, wrapped);
    },
  };
}

test("a key management service is asked once per opening, and again when it fails for a moment", async () => {
  const key = service();
  const place = await encryptedPlace({ key });
  expect(key.calls).toEqual(["wrap"]);
  expect(await devices(place, key)).toEqual(["7"]);
  expect(key.calls).toEqual(["wrap", "unwrap"]);

  key.down = true;
  const clock = new ManualClock();
  const backend = memoryBackend({ place, clock });
  const opened = openAuthState({ backend, sessionId: "default", encryption: { key }, clock });
  const outcome = opened.catch((error: unknown) => error);
  await clock.advance(2000);
  expect(await outcome).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE", retryable: true });
  expect(key.calls).toHaveLength(6);
  key.down = false;
  expect(await devices(place, key)).toEqual(["7"]);
});

test("opening with keyring(new, old) rewraps, so that the old key is not needed again", async () => {
  const place = await encryptedPlace({ key: right });
  const backend = sealed(memoryBackend({ place }), { keys: secretKey(right) });
  await backend.rotateDataKey("default");

  expect(await devices(place, keyring(secretKey(wrong), secretKey(right)))).toEqual(["7"]);
  expect(await devices(place, wrong)).toEqual(["7"]);
  await expect(devices(place, right)).rejects.toMatchObject({ code: "AUTH_STORE_WRONG_KEY" });
});

test("passphrases replace each other under ids of their own", async () => {
  const old = passphraseKey("old words", cheap);
  const place = await encryptedPlace({ key: old });
  const next = passphraseKey("new words", { ...cheap, id: "2" });

  expect(() => keyring(passphraseKey("new words", cheap), old)).toThrow(/ids of their own/);
  expect(await devices(place, keyring(next, old))).toEqual(["7"]);
  expect(await devices(place, next)).toEqual(["7"]);
});

test("no key is in an error, in a log line or in what an object shows of itself", async () => {
  const key = randomBytes(32);
  const texts: string[] = [];
  const note = (...args: unknown[]): void => void texts.push(inspect(args, { depth: 9 }));
  const logger: Logger = {
    level: "trace",
    child: () => logger,
    trace: note,
    debug: note,
    info: note,
    warn: note,
    error: note,
  };
  const place = await encryptedPlace({ key });
  for (const given of [wrong, passphraseKey("secret words", cheap)]) {
    await useMemoryAuthState({ place, encryption: { key: given }, logger }).catch(note);
  }
  await useMemoryAuthState({ place, logger }).catch(note);
  const backend = sealed(memoryBackend({ place: new MemoryPlace() }), { keys: secretKey(key) });
  await using handle = await openAuthState({
    backend,
    sessionId: "a",
    create: "if-missing",
    logger,
  });
  note(backend, handle, secretKey(key), passphraseKey("secret words", cheap));

  const all = texts.join("\n");
  expect(texts.length).toBeGreaterThan(3);
  for (const secret of [key, wrong]) {
    expect(all).not.toContain(secret.toString("hex"));
    expect(all).not.toContain(secret.toString("base64"));
    expect(all).not.toContain(secret.toString("hex").slice(0, 16).match(/../g)?.join(" "));
  }
  expect(all).not.toContain("secret words");
});
