import {
  AuthStoreError,
  type AuthBackend,
  type BackendSession,
  useMemoryAuthState,
} from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import {
  type SealedOptions,
  keyring,
  reseal,
  sealed,
  secretKey,
} from "@motte/auth-stores/encryption";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { deferred } from "../support/deferred.ts";
import { type BackendWatch, watched } from "../support/watched-backend.ts";

const oldKey = secretKey(Buffer.alloc(32, 1));
const newKey = secretKey(Buffer.alloc(32, 2));
const RECORDS = 450;

/** A place with a session that has been written under several data keys. */
async function rotatedPlace(options: Partial<SealedOptions> = {}) {
  const place = new MemoryPlace();
  const backend = sealed(memoryBackend({ place }), { keys: oldKey, ...options });
  for (let round = 0; round < 3; round++) {
    const session = await openSession(backend);
    const ids = Array.from({ length: RECORDS / 3 }, (_, index) => `${round}.${index}`);
    const ops = ids.map((id) => putOp("session", id, `text ${id}`));
    const [creds, meta] = [Buffer.from(`creds ${round}`), new Map([["own", Buffer.from("meta")]])];
    await session.commit({ batchId: `${round}`, ops, creds, meta });
    await session.release();
    if (round < 2) await backend.rotateDataKey("a");
  }
  return { place, backend };
}

async function contentOf(session: BackendSession): Promise<string[]> {
  const content: string[] = [];
  for (const type of await session.types()) {
    for await (const [id, value] of session.scan(type)) {
      content.push(`${type} ${id} ${Buffer.from(value).toString()}`);
    }
  }
  content.push(`creds ${Buffer.from((await session.readCreds()) ?? []).toString()}`);
  for (const [name, value] of await session.readMeta()) {
    content.push(`meta ${name} ${Buffer.from(value).toString()}`);
  }
  return content.toSorted();
}

async function read(backend: AuthBackend): Promise<string[]> {
  const session = await openSession(backend);
  try {
    return await contentOf(session);
  } finally {
    await session.release();
  }
}

/** The generations of data keys that stored values are under. */
async function generationsOf(place: MemoryPlace): Promise<Set<number>> {
  const session = await openSession(memoryBackend({ place }));
  const creds = await session.readCreds();
  const values = creds === null ? [] : [creds];
  for (const earlier of await session.readCredsHistory()) values.push(earlier.creds);
  for (const type of await session.types()) {
    for await (const [, value] of session.scan(type)) values.push(value);
  }
  await session.release();
  return new Set(values.map((value) => Buffer.from(value).readUInt32BE(1)));
}

async function keysInRing(place: MemoryPlace): Promise<number> {
  const session = await openSession(memoryBackend({ place }));
  const ring = Buffer.from((await session.readMeta()).get("encryption") ?? []).subarray(32);
  await session.release();
  return (JSON.parse(ring.toString()) as { keys: unknown[] }).keys.length;
}

/** A backend whose commits fail from the n-th on; with `lost`, the n-th itself is stored and its answer lost. */
function failing(place: MemoryPlace, from: number, lost: boolean): AuthBackend {
  let commits = 0;
  const watch: BackendWatch = {
    beforeCommit: () => {
      commits += 1;
      if (commits > from || (commits === from && !lost)) throw powerCut();
    },
    afterCommit: () => {
      if (commits === from && lost) throw powerCut();
    },
  };
  return watched(memoryBackend({ place }), watch);
}

function powerCut(): AuthStoreError {
  return new AuthStoreError("AUTH_STORE_UNAVAILABLE", "power cut");
}

test.each([false, true])(
  "every generation stays readable until a reseal is complete (hidden ids: %s)",
  async (hideIds) => {
    const { place, backend } = await rotatedPlace({ hideIds });
    const before = await read(backend);
    expect(before).toHaveLength(RECORDS + 2);
    expect(await generationsOf(place)).toEqual(new Set([1, 2, 3]));
    expect(await keysInRing(place)).toBe(3);

    expect(await backend.reseal("a")).toEqual({ complete: true, unreadable: 0 });
    expect(await read(backend)).toEqual(before);
    expect(await generationsOf(place)).toEqual(new Set([3]));
    expect(await keysInRing(place)).toBe(1);
    expect(await backend.reseal("a")).toEqual({ complete: true, unreadable: 0 });
  },
);

test.each([false, true])(
  "a reseal, a rotation and a new wrapping key can be cut short at any commit (answer lost: %s)",
  async (lost) => {
    const steps: readonly ((place: MemoryPlace, at: number) => Promise<unknown>)[] = [
      (place, at) => sealed(failing(place, at, lost), { keys: oldKey }).reseal("a"),
      (place, at) => sealed(failing(place, at, lost), { keys: oldKey }).rotateDataKey("a"),
      (place, at) => read(sealed(failing(place, at, lost), { keys: keyring(newKey, oldKey) })),
    ];
    const failedAt: number[] = [];
    for (const step of steps) {
      for (let at = 1; ; at++) {
        const { place } = await rotatedPlace();
        const backend = sealed(memoryBackend({ place }), { keys: keyring(oldKey, newKey) });
        const before = await read(backend);
        const cutShort = await step(place, at).then(
          () => false,
          () => true,
        );

        expect(await read(backend)).toEqual(before);
        expect(await backend.reseal("a")).toEqual({ complete: true, unreadable: 0 });
        expect(await read(backend)).toEqual(before);
        if (!cutShort) break;
        failedAt.push(at);
      }
    }

    // Three families of commits in a reseal (records twice, creds six times, the keys), one in each of the others.
    expect(failedAt).toEqual([
      ...Array.from({ length: failedAt.length - 2 }, (_, i) => i + 1),
      1,
      1,
    ]);
    expect(failedAt.length).toBeGreaterThan(8);
  },
);

test("a session that is open goes on being used while its key is rotated and it is resealed", async () => {
  const { place, backend } = await rotatedPlace();
  const session = await openSession(backend);
  const write = (id: string, text: string) =>
    session.commit({ batchId: `${id} ${text}`, ops: [putOp("session", id, text)] });
  const work = Promise.all([
    backend.rotateDataKey("a"),
    write("0.0", "changed early"),
    backend.reseal("a"),
    write("0.1", "changed while resealing"),
    session.read("session", ["0.2"]),
  ]);
  await write("2.3", "changed late");
  const [, , report, , [value]] = await work;

  expect(Buffer.from(value ?? []).toString()).toBe("text 0.2");
  expect(report).toEqual({ complete: true, unreadable: 0 });
  await session.release();
  const content = await read(backend);
  expect(content).toHaveLength(RECORDS + 2);
  expect(content).toContain("session 0.0 changed early");
  expect(content).toContain("session 0.1 changed while resealing");
  expect(content).toContain("session 2.3 changed late");
  expect(await generationsOf(place)).toEqual(new Set([4]));
});

test("a read that a reseal overtakes still opens", async () => {
  const { place } = await rotatedPlace();
  const gate = deferred();
  let slow = false;
  const inner = watched(memoryBackend({ place }), {
    afterRead: async (_type, ids) => {
      if (slow && ids.length === 1) await gate.promise;
    },
  });
  const backend = sealed(inner, { keys: oldKey });
  const session = await openSession(backend);
  slow = true;
  const reading = session.read("session", ["0.0"]);
  expect(await backend.reseal("a")).toMatchObject({ complete: true });
  gate.resolve();

  expect(Buffer.from((await reading)[0] ?? []).toString()).toBe("text 0.0");
});

test("a record that does not open keeps the older keys in place", async () => {
  const { place, backend } = await rotatedPlace();
  const session = await openSession(memoryBackend({ place }));
  const [stored] = await session.read("session", ["0.0"]);
  const bad = Uint8Array.from(stored ?? [], (byte, index) => (index === 40 ? byte ^ 1 : byte));
  const ops = [{ op: "put" as const, type: "session", id: "0.0", value: bad }];
  await session.commit({ batchId: "bad", ops });
  await session.release();

  expect(await backend.reseal("a")).toEqual({ complete: false, unreadable: 1 });
  expect(await keysInRing(place)).toBe(3);
  const again = await openSession(memoryBackend({ place }));
  expect(await again.read("session", ["0.0"])).toEqual([bad]);
});

test("a session gets a new data key after so many writes, across openings", async () => {
  const place = new MemoryPlace();
  const backend = sealed(memoryBackend({ place }), { keys: oldKey, rotateAfterWrites: 10_000 });
  for (let opening = 0; opening < 4; opening++) {
    const session = await openSession(backend);
    await session.commit({ batchId: `${opening}`, ops: [putOp("t", `${opening}`, "x")] });
    await session.release();
  }

  // Writes are counted in blocks of 4096, so the fourth opening starts beyond the limit.
  expect(await generationsOf(place)).toEqual(new Set([1, 2]));
  expect(await read(backend)).toHaveLength(5);
});

test("counting the writes of a key costs no more than one small write in thousands", async () => {
  const place = new MemoryPlace();
  let metas = 0;
  const inner = watched(memoryBackend({ place }), {
    beforeCommit: ({ meta }) => void (metas += meta?.size ?? 0),
  });
  const session = await openSession(sealed(inner, { keys: oldKey }));
  for (let round = 0; round < 50; round++) {
    const ops = Array.from({ length: 100 }, (_, index) => putOp("t", `${index}`, `${round}`));
    await session.commit({ batchId: `${round}`, ops });
  }
  expect(metas).toBe(2);
});

test("whatever commits fail or lose their answer, what was acknowledged is read, by this opening and the next", async () => {
  const step = fc.record({
    id: fc.constantFrom("1", "2", "3"),
    outcome: fc.constantFrom("stored", "stored", "refused", "answer lost"),
    kind: fc.constantFrom("put", "put", "rotate", "creds"),
    repeats: fc.nat(2),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, hideIds) => {
      const place = new MemoryPlace();
      let outcome = "stored";
      const fail = (when: string) => (): void => {
        if (outcome === when) throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", when);
      };
      const watch = { beforeCommit: fail("refused"), afterCommit: fail("answer lost") };
      const options = { keys: oldKey, hideIds, rotateAfterWrites: 3 };
      const backend = sealed(watched(memoryBackend({ place }), watch), options);
      const session = await openSession(backend);
      const possible = new Map<string, Set<string>>();
      for (const [number, { id, kind, outcome: wanted, repeats }] of steps.entries()) {
        outcome = wanted;
        const text = `value ${number}`;
        const name = kind === "creds" ? "creds" : `record ${id}`;
        const work = (): Promise<void> =>
          kind === "rotate"
            ? backend.rotateDataKey("a")
            : session.commit({
                batchId: `${number}`,
                ops: kind === "put" ? [putOp("t", id, text)] : [],
                ...(kind === "creds" && { creds: Buffer.from(text) }),
              });
        await work().catch(() => undefined);
        if (kind === "rotate") continue;
        // A failed commit is tried again as the same batch.
        if (repeats > 0) outcome = "stored";
        for (let repeat = 0; repeat < repeats; repeat++) await work();
        if (outcome === "refused") continue;
        possible.set(name, new Set([text]));
      }
      outcome = "stored";

      const check = async (opened: BackendSession): Promise<void> => {
        for (const [name, texts] of possible) {
          const value =
            name === "creds"
              ? await opened.readCreds()
              : (await opened.read("t", [name.slice(7)]))[0];
          expect([...texts]).toContain(Buffer.from(value ?? []).toString());
        }
      };
      await check(session);
      await session.release();
      await check(await openSession(sealed(memoryBackend({ place }), { keys: oldKey, hideIds })));
    }),
    { numRuns: 150 },
  );
});

test("the meta entry of the encryption is not for others", async () => {
  const session = await openSession(sealed(memoryBackend(), { keys: oldKey }));
  const meta = new Map([["encryption", Buffer.from("{}")]]);
  const refused = session.commit({ batchId: "1", ops: [], meta });
  await expect(refused).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
});

test("a session of the encryption option gets a new key and a new data key, once nobody has it open", async () => {
  const place = new MemoryPlace();
  const key = "01".repeat(32);
  const newHex = "02".repeat(32);
  const handle = await useMemoryAuthState({ place, encryption: { key, hideIds: true } });
  const { noiseKey } = handle.state.creds;
  await handle.state.keys.set({ "device-list": { "1": ["0", "3"] } });
  const backend = memoryBackend({ place });
  const options = {
    backend,
    sessionId: "default",
    key: keyring(secretKey(newHex), secretKey(key)),
  };
  await expect(reseal(options)).rejects.toMatchObject({ code: "AUTH_STORE_IN_USE" });
  await handle.close();
  await expect(reseal({ ...options, key: newHex })).rejects.toMatchObject({
    code: "AUTH_STORE_WRONG_KEY",
  });
  await expect(reseal({ ...options, sessionId: "b" })).rejects.toMatchObject({
    code: "AUTH_STORE_NOT_FOUND",
  });

  const before = await storedBytes(backend);
  expect(await reseal(options)).toEqual({ complete: true, unreadable: 0 });
  const after = await storedBytes(backend);
  expect(after.length).toBe(before.length);
  expect(after.filter((bytes) => before.includes(bytes))).toEqual([]);

  await expect(useMemoryAuthState({ place, encryption: { key } })).rejects.toMatchObject({
    code: "AUTH_STORE_WRONG_KEY",
  });
  await using again = await useMemoryAuthState({ place, encryption: { key: newHex } });
  expect(again.state.creds.noiseKey).toEqual(noiseKey);
  expect(await again.state.keys.get("device-list", ["1"])).toEqual({ "1": ["0", "3"] });
});

/** Creds and records as they are stored. */
async function storedBytes(backend: AuthBackend): Promise<string[]> {
  const session = await backend.open("default", {
    create: false,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => true,
  });
  const stored = [Buffer.from((await session.readCreds()) ?? []).toString("hex")];
  for (const type of await session.types()) {
    for await (const [, value] of session.scan(type))
      stored.push(Buffer.from(value).toString("hex"));
  }
  await session.release();
  return stored;
}
