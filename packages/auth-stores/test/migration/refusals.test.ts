import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import {
  MigrationError,
  type MigrationProgress,
  migrate,
  migrationSteps,
  multiFileFolder,
  planMigration,
} from "@motte/auth-stores/migration";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { storeBytes } from "../support/stored.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watched } from "../support/watched-backend.ts";
import { createAccount, manyMappings, openAccount, outcomeOfOpening } from "./accounts.ts";

/** Two memory backends, the first with an account of `contacts` contacts. */
async function twoSides(contacts = 1) {
  const [source, target] = [memoryBackend(), memoryBackend()];
  await createAccount(source, async ({ state }) => {
    await state.keys.set({ "lid-mapping": manyMappings(contacts) });
  });
  const from = { backend: source, sessionId: "a" };
  const to = { backend: target, sessionId: "a" };
  return { source, target, from, to };
}

test("a source that is missing, without creds, damaged or in use is refused before the target exists", async () => {
  const { source, target, from, to } = await twoSides();
  await expect(migrate({ from: { ...from, sessionId: "b" }, to })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });

  const place = new MemoryPlace();
  await storeBytes(place, {});
  const bare = { backend: memoryBackend({ place }), sessionId: "default" };
  await expect(migrate({ from: bare, to })).rejects.toMatchObject({
    code: "MIGRATION_SOURCE_EMPTY",
  });
  const damaged = new MemoryPlace();
  await storeBytes(damaged, { creds: Buffer.from('\u0004{"noiseKey":"secret"') });
  const unreadable = await migrate({
    from: { backend: memoryBackend({ place: damaged }), sessionId: "default" },
    to,
  }).catch((error: unknown) => error);
  expect(unreadable).toMatchObject({ code: "MIGRATION_SOURCE_UNREADABLE" });
  expect(unreadable).not.toHaveProperty("cause");
  expect(String(unreadable)).not.toContain("secret");

  const bot = await openAccount(source);
  await expect(migrate({ from, to })).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await expect(planMigration({ from, to })).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await bot.close();

  await expect(migrate({ from, to: from })).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
  expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_NOT_FOUND");
  expect(await outcomeOfOpening(source)).toBe("opens");
});

test("an encrypted source is refused without its key, instead of being taken for damage", async () => {
  const place = new MemoryPlace();
  const keys = secretKey(Buffer.alloc(32, 1));
  await createAccount(sealed(memoryBackend({ place }), { keys }));
  const { to } = await twoSides();
  const from = { backend: memoryBackend({ place }), sessionId: "a" };

  await expect(migrate({ from, to: { ...to, sessionId: "b" } })).rejects.toMatchObject({
    code: "AUTH_STORE_ENCRYPTED",
  });
});

test("a target in use, or with another account, is refused and left as it was", async () => {
  const { source, target, from, to } = await twoSides();
  await createAccount(target);
  const other = await openAccount(target);
  const { registrationId, noiseKey } = other.state.creds;
  await expect(migrate({ from, to })).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await other.close();

  await expect(migrate({ from, to })).rejects.toMatchObject({
    code: "MIGRATION_TARGET_NOT_EMPTY",
  });
  expect(await planMigration({ from, to })).toMatchObject({ target: "occupied" });
  const again = await openAccount(target);
  expect(again.state.creds).toMatchObject({ registrationId, noiseKey });
  await again.close();
  expect(await outcomeOfOpening(source)).toBe("opens");
});

test("half a migration of one account is no target for another one", async () => {
  const { source, from, to } = await twoSides();
  for await (const { phase } of migrationSteps({ from, to })) if (phase === "verifying") break;
  const second = await twoSides();

  await expect(migrate({ from: second.from, to })).rejects.toMatchObject({
    code: "MIGRATION_TARGET_NOT_EMPTY",
  });
  expect(await planMigration({ from, to })).toMatchObject({ target: "resumable" });
  await expect(migrate({ from: to, to: second.to })).rejects.toMatchObject({
    code: "AUTH_STORE_IMPORTING",
  });
  expect(await outcomeOfOpening(source)).toBe("opens");
});

test("a source that has moved is not migrated a second time, unless that is insisted on", async () => {
  const { source, target, from, to } = await twoSides();
  const elsewhere = { backend: memoryBackend(), sessionId: "a" };
  // Half a migration to another place does not make that place the one it went to.
  for await (const { phase } of migrationSteps({ from, to: elsewhere })) {
    if (phase === "verifying") break;
  }
  await migrate({ from, to });

  await expect(migrate({ from, to: elsewhere })).rejects.toMatchObject({
    code: "AUTH_STORE_MIGRATED",
  });
  await expect(migrate({ from, to })).rejects.toMatchObject({ code: "AUTH_STORE_MIGRATED" });
  await using stale = await openAccount(source, { ignoreMigration: true });
  await stale.close();
  await migrate({ from, to: elsewhere, ignoreMigration: true });
  expect(await outcomeOfOpening(elsewhere.backend)).toBe("opens");
  expect(await outcomeOfOpening(target)).toBe("opens");
});

test("a folder that Baileys writes to meanwhile is noticed, and what changed is copied by the next run", async () => {
  await using folder = await temporaryFolder();
  const { state, saveCreds } = await useMultiFileAuthState(folder.path);
  await saveCreds();
  await state.keys.set({ "lid-mapping": manyMappings(300), "device-list": { "1": ["0"] } });
  const target = memoryBackend();
  const options = { from: multiFileFolder(folder.path), to: { backend: target, sessionId: "a" } };
  const steps = async (): Promise<void> => {
    for await (const { phase, done } of migrationSteps(options)) {
      if (phase === "copying" && done >= 500)
        await state.keys.set({ "device-list": { "1": ["0", "5"] } });
    }
  };

  await expect(steps()).rejects.toMatchObject({
    code: "MIGRATION_SOURCE_CHANGED",
    retryable: true,
  });
  expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_IMPORTING");
  const report = await migrate(options);
  expect(report).toMatchObject({ started: "resumable", sourceMarked: false, records: 601 });
  await using moved = await openAccount(target);
  expect(await moved.state.keys.get("device-list", ["1"])).toEqual({ "1": ["0", "5"] });
});

test.each([
  ["loses a record", (value: Uint8Array) => (value.includes(55) ? null : value)],
  ["changes a byte", (value: Uint8Array) => Uint8Array.from(value).fill(50, 1, 2)],
])("a target that %s is not opened, and the next run mends it", async (_what, damage) => {
  const { source, target, from, to } = await twoSides(20);
  const backend = watched(target, {
    beforeCommit: (batch) => {
      const ops = batch.ops.flatMap((op) => {
        const value = op.op === "put" ? damage(op.value) : null;
        return value === null || op.op !== "put" ? [] : [{ ...op, value }];
      });
      Object.assign(batch, { ops });
    },
  });

  const error = await migrate({ from, to: { backend, sessionId: "a" } }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(MigrationError);
  expect(error).toMatchObject({
    code: "MIGRATION_DIFFERENT",
    families: [{ type: "lid-mapping", source: 40 }],
  });
  expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_IMPORTING");
  expect(await outcomeOfOpening(source)).toBe("opens");

  expect(await migrate({ from, to })).toMatchObject({ started: "resumable", records: 40 });
  await using moved = await openAccount(target);
  const mappings = manyMappings(20);
  expect({ ...(await moved.state.keys.get("lid-mapping", Object.keys(mappings))) }).toEqual(
    mappings,
  );
});

test("progress counts up to the end, and an aborted migration goes on later", async () => {
  const { target, from, to } = await twoSides(600);
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: MigrationProgress[] = [];
  const aborted = migrate({
    from,
    to,
    signal: controller.signal,
    onProgress: (progress) => {
      seen.push(progress);
      if (progress.phase === "copying") controller.abort(reason);
    },
  });
  await expect(aborted).rejects.toBe(reason);
  expect(seen.at(-1)).toEqual({ phase: "copying", done: 500, total: 1200 });
  expect(await outcomeOfOpening(target)).toBe("AUTH_STORE_IMPORTING");

  seen.length = 0;
  await migrate({ from, to, onProgress: (progress) => seen.push(progress) });
  expect(new Set(seen.map(({ phase }) => phase))).toEqual(
    new Set(["reading", "copying", "verifying", "done"]),
  );
  expect(seen.at(-1)).toEqual({ phase: "done", done: 1200, total: 1200 });
});

test("timers get their turn while a large account is read, copied and compared", async () => {
  const { from, to } = await twoSides(1000);
  let turns = 0;
  const seen: Record<string, number> = {};
  const tick = (): void => void ((turns += 1), setImmediate(tick).unref());
  tick();
  for await (const { phase } of migrationSteps({ from, to })) {
    seen[phase] = Math.max(seen[phase] ?? 0, turns);
    if (phase === "done") break;
  }

  const { reading = 0, copying = 0, verifying = 0 } = seen;
  expect(reading).toBeGreaterThan(1);
  expect(copying - reading).toBeGreaterThan(1);
  expect(verifying - copying).toBeGreaterThan(1);
});

test("both sides are given up when a migration fails or is left", async () => {
  const { source, from, to } = await twoSides();
  for await (const { phase } of migrationSteps({ from, to })) if (phase === "copying") break;
  const bot = await openAccount(source);
  await bot.close();

  await expect(migrate({ from, to, leaseMs: 1 })).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
  await migrate({ from, to });
});
