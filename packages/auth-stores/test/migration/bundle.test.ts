import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { type ExportBundleOptions, exportBundle, importBundle } from "@motte/auth-stores/migration";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { getAny, setAny } from "../support/keys.ts";
import {
  contentOf,
  createAccount,
  manyMappings,
  mintPreKeys,
  openAccount,
  outcomeOfOpening,
} from "./accounts.ts";

const passphrase = "correct horse battery staple";
const ids = {
  "pre-key": ["1", "2", "3"],
  "lid-mapping": Object.keys(manyMappings(3)),
  "app-state-sync-version": ["regular"],
  tctoken: ["1@lid"],
  session: ["1.0"],
  "sender-key": ["1@g.us::1::0"],
  "sender-key-memory": ["1@g.us"],
  "device-list": ["1"],
};
const negotiated = ["session", "sender-key", "sender-key-memory", "device-list"];

async function someAccount() {
  const backend = memoryBackend();
  await createAccount(backend, async (handle) => {
    await mintPreKeys(handle, 3);
    await handle.state.keys.set({ "lid-mapping": manyMappings(3) });
    const version = { version: 1, hash: Buffer.alloc(128, 1), indexValueMap: {} };
    await setAny(handle, "app-state-sync-version", "regular", version);
    await setAny(handle, "tctoken", "1@lid", { token: Buffer.from("t") });
    await setAny(handle, "session", "1.0", { _sessions: {}, version: "v1" });
    await setAny(handle, "sender-key", "1@g.us::1::0", Buffer.from("[{}]"));
    await setAny(handle, "sender-key-memory", "1@g.us", { "1@lid": true });
    await setAny(handle, "device-list", "1", ["0"]);
  });
  return { backend, sessionId: "a" };
}

// The cheapest passphrase guard there is; the default is meant to take its time.
const exported = (options: ExportBundleOptions): Promise<Uint8Array> =>
  exportBundle({ ...options, cost: 10 });

const newTarget = () => ({ backend: memoryBackend(), sessionId: "a" });

test("a fresh bundle brings the whole account, and what it came from stays in use", async () => {
  const from = await someAccount();
  const clock = new ManualClock();
  const bundle = await exported({ from, passphrase, clock });
  const to = newTarget();
  const report = await importBundle({ bundle, passphrase, to, clock });

  expect(report).toMatchObject({ records: 15, sourceMarked: false, from: { kind: "bundle" } });
  await using original = await openAccount(from.backend);
  await using restored = await openAccount(to.backend);
  expect(await contentOf(restored, ids)).toEqual(await contentOf(original, ids));
  expect(Buffer.from(bundle).includes(Buffer.from("lid-mapping"))).toBe(false);
});

test("an older bundle brings the account without its ratchets, unless that is overruled", async () => {
  const from = await someAccount();
  const clock = new ManualClock();
  const bundle = await exported({ from, passphrase, clock });
  await using original = await openAccount(from.backend);
  await clock.advance(300_001);
  const [aged, whole] = [newTarget(), newTarget()];

  await importBundle({ bundle, passphrase, to: aged, clock });
  await using restored = await openAccount(aged.backend);
  for (const [type, [id = ""]] of Object.entries(ids)) {
    const expected = negotiated.includes(type) ? null : await getAny(original, type, id);
    expect(await getAny(restored, type, id)).toEqual(expected);
  }
  await importBundle({ bundle, passphrase, to: whole, clock, identityOnly: false });
  await using kept = await openAccount(whole.backend);
  expect(await contentOf(kept, ids)).toEqual(await contentOf(original, ids));
});

test("pre-key ids go on past every one that was made, and ratchets left out of a bundle stay out", async () => {
  const from = await someAccount();
  {
    await using handle = await openAccount(from.backend);
    handle.state.creds.nextPreKeyId = 2;
    await handle.saveCreds();
  }
  const bundle = await exported({ from, passphrase, identityOnly: true });
  const to = newTarget();
  const report = await importBundle({ bundle, passphrase, to, identityOnly: false });

  expect(report.findings).toEqual([]);
  expect(
    report.families.map(({ type }) => type).filter((type) => negotiated.includes(type)),
  ).toEqual([]);
  await using restored = await openAccount(to.backend);
  expect(restored.state.creds.nextPreKeyId).toBe(4);
});

test("a wrong passphrase and a changed bit anywhere open nothing, and nothing is created", async () => {
  const bundle = await exported({ from: await someAccount(), passphrase });
  const to = newTarget();
  const opening = (bytes: Uint8Array, secret = passphrase): Promise<unknown> =>
    importBundle({ bundle: bytes, passphrase: secret, to });
  const flipped = (at: number, bit: number): Uint8Array =>
    bundle.map((byte, index) => (index === at ? byte ^ bit : byte));
  const codeOf = (bytes: Uint8Array, secret?: string): Promise<unknown> =>
    opening(bytes, secret).then(
      () => "opened",
      (error: { code: string }) => error.code,
    );

  expect(await codeOf(bundle, `${passphrase} `)).toBe("MIGRATION_BUNDLE_LOCKED");
  const sealedAt = 15 + (bundle[14] ?? 0);
  for (let at = 0; at < sealedAt; at++) {
    for (const bit of [0x01, 0x80]) {
      expect(await codeOf(flipped(at, bit))).toMatch(/^MIGRATION_BUNDLE_/);
    }
  }
  for (let at = sealedAt; at < bundle.length; at += 97) {
    expect(await codeOf(flipped(at, 0x10))).toBe("MIGRATION_BUNDLE_LOCKED");
  }
  expect(await codeOf(flipped(bundle.length - 1, 0x01))).toBe("MIGRATION_BUNDLE_LOCKED");
  const newer = bundle.map((byte, index) => (index === 10 ? 2 : byte));
  expect(await codeOf(newer)).toBe("MIGRATION_BUNDLE_NEWER");
  expect(await outcomeOfOpening(to.backend)).toBe("AUTH_STORE_NOT_FOUND");
});

test("a bundle cut short anywhere is refused", async () => {
  const bundle = await exported({ from: await someAccount(), passphrase });
  const to = newTarget();
  const codes = new Set(["MIGRATION_BUNDLE_INVALID", "MIGRATION_BUNDLE_LOCKED"]);
  for (const length of [0, 5, 10, 12, 15, 20, 60, bundle.length - 1]) {
    const opening = importBundle({ bundle: bundle.subarray(0, length), passphrase, to });
    await expect(opening).rejects.toSatisfy((error: { code: string }) => codes.has(error.code));
  }
  expect(await outcomeOfOpening(to.backend)).toBe("AUTH_STORE_NOT_FOUND");
});

test("a passphrase is the same in any Unicode form, and an empty one is none", async () => {
  const from = await someAccount();
  const bundle = await exported({ from, passphrase: "café" });
  const report = await importBundle({ bundle, passphrase: "cafe\u0301", to: newTarget() });
  expect(report.records).toBe(15);
  await expect(exportBundle({ from, passphrase: "" })).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
});
