import { type BackendSession, openAuthState, useMemoryAuthState } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { getAny, setAny } from "../support/keys.ts";

const keys = secretKey(Buffer.alloc(32, 1));

/** Opens the session `"a"` as it is stored, while nobody else has it open. */
async function raw<T>(
  place: MemoryPlace,
  work: (session: BackendSession) => Promise<T>,
  sessionId = "a",
): Promise<T> {
  const session = await memoryBackend({ place }).open(sessionId, {
    create: true,
    owner: "tamperer",
    leaseMs: 60_000,
    isKnownDead: () => true,
  });
  try {
    return await work(session);
  } finally {
    await session.release();
  }
}

async function storedValue(place: MemoryPlace, type: string, id: string): Promise<Uint8Array> {
  const [stored] = await raw(place, (session) => session.read(type, [id]));
  if (stored === null || stored === undefined) throw new Error("nothing is stored there");
  return stored;
}

let batches = 0;

function store(place: MemoryPlace, type: string, id: string, value: Uint8Array): Promise<void> {
  const batch = {
    batchId: `tampered ${++batches}`,
    ops: [{ op: "put" as const, type, id, value }],
  };
  return raw(place, (session) => session.commit(batch));
}

/** What a sealed session reads, as text; `"unreadable"` for bytes that no codec of ours takes. */
async function readSealed(place: MemoryPlace, type: string, id: string): Promise<string | null> {
  const session = await openSession(sealed(memoryBackend({ place }), { keys }));
  const [value = null] = await session.read(type, [id]);
  await session.release();
  if (value === null) return null;
  return value[0] === 0 ? "unreadable" : Buffer.from(value).toString();
}

async function placeWith(...records: readonly [type: string, id: string, text: string][]) {
  const place = new MemoryPlace();
  const session = await openSession(sealed(memoryBackend({ place }), { keys }));
  const ops = records.map(([type, id, text]) => putOp(type, id, text));
  await session.commit({ batchId: "first", ops });
  await session.release();
  return place;
}

test("a bit that flips anywhere in a stored record is noticed", async () => {
  const place = await placeWith(["session", "1.0", "ratchet"]);
  const good = await storedValue(place, "session", "1.0");
  const read: (string | null)[] = [];
  for (let at = 0; at < good.length; at++) {
    const bad = Uint8Array.from(good, (byte, index) =>
      index === at ? byte ^ (1 << (at % 8)) : byte,
    );
    await store(place, "session", "1.0", bad);
    read.push(await readSealed(place, "session", "1.0"));
  }

  expect(read).toEqual(Array.from(good, () => "unreadable"));
  await store(place, "session", "1.0", good);
  expect(await readSealed(place, "session", "1.0")).toBe("ratchet");
});

test("whatever is done to a record's bytes, it reads as it was or not at all", async () => {
  const place = await placeWith(["session", "1.0", "ratchet"]);
  const good = await storedValue(place, "session", "1.0");
  const change = fc.oneof(
    fc.record({ cut: fc.nat({ max: good.length }) }).map(({ cut }) => good.subarray(0, cut)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((tail) => Buffer.concat([good, tail])),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((head) => Buffer.concat([head, good])),
    fc
      .tuple(fc.nat({ max: good.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([at, bytes]) => {
        const changed = Buffer.from(good);
        changed.set(bytes.subarray(0, good.length - at), at);
        return changed;
      }),
    fc.uint8Array({ maxLength: 60 }),
  );
  await fc.assert(
    fc.asyncProperty(change, async (bytes) => {
      await store(place, "session", "1.0", bytes);
      const expected = Buffer.compare(bytes, good) === 0 ? "ratchet" : "unreadable";
      expect(await readSealed(place, "session", "1.0")).toBe(expected);
    }),
    { numRuns: 150 },
  );
});

test.each([
  ["another record", "session", "2.0"],
  ["another family", "identity-key", "1.0"],
])("a record does not open as %s", async (_what, type, id) => {
  const place = await placeWith(["session", "1.0", "one"], [type, id, "two"]);
  const one = await storedValue(place, "session", "1.0");
  const two = await storedValue(place, type, id);
  await store(place, type, id, one);
  await store(place, "session", "1.0", two);

  expect(await readSealed(place, type, id)).toBe("unreadable");
  expect(await readSealed(place, "session", "1.0")).toBe("unreadable");
});

test("a record does not open as the creds, nor the creds as a record", async () => {
  const place = new MemoryPlace();
  const backend = sealed(memoryBackend({ place }), { keys });
  let session = await openSession(backend);
  await session.commit({
    batchId: "1",
    ops: [putOp("creds", "", "record")],
    creds: Buffer.from("creds"),
  });
  await session.release();
  const creds = await raw(place, (stored) => stored.readCreds());
  const record = await storedValue(place, "creds", "");
  await raw(place, (stored) => stored.commit({ batchId: "2", ops: [], creds: record }));
  await store(place, "creds", "", creds ?? new Uint8Array());

  session = await openSession(backend);
  expect((await session.readCreds())?.[0]).toBe(0);
  expect((await session.read("creds", [""]))[0]?.[0]).toBe(0);
});

test("records of one session, and its keys, are of no use in another", async () => {
  const place = await placeWith(["session", "1.0", "of a"]);
  const moved = await storedValue(place, "session", "1.0");
  const meta = await raw(place, (session) => session.readMeta());
  const ops = [{ op: "put" as const, type: "session", id: "1.0", value: moved }];
  const backend = sealed(memoryBackend({ place }), { keys });
  const open = (sessionId: string) =>
    backend.open(sessionId, { create: true, owner: "t", leaseMs: 1, isKnownDead: () => true });
  const own = await open("b");
  await own.commit({ batchId: "1", ops: [putOp("session", "1.0", "of b")] });
  await own.release();

  await raw(place, (session) => session.commit({ batchId: "2", ops }), "b");
  const [read] = await (await open("b")).read("session", ["1.0"]);
  expect(read?.[0]).toBe(0);

  await raw(place, (session) => session.commit({ batchId: "3", ops, meta }), "c");
  await expect(open("c")).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT", sessionId: "c" });
});

test("a value does not open as one of another generation", async () => {
  const place = await placeWith(["session", "1.0", "first"]);
  const backend = sealed(memoryBackend({ place }), { keys });
  await backend.rotateDataKey("a");
  const first = await storedValue(place, "session", "1.0");
  const relabelled = Buffer.from(first);
  relabelled.writeUInt32BE(2, 1);
  await store(place, "session", "1.0", relabelled);
  expect(await readSealed(place, "session", "1.0")).toBe("unreadable");

  relabelled.writeUInt32BE(3, 1);
  await store(place, "session", "1.0", relabelled);
  expect(await readSealed(place, "session", "1.0")).toBe("unreadable");
  await store(place, "session", "1.0", first);
  expect(await readSealed(place, "session", "1.0")).toBe("first");
});

test("a plain value put into an encrypted session is not taken for a record", async () => {
  const place = await placeWith(["lid-mapping", "1", "old"]);
  await store(place, "lid-mapping", "1", Buffer.from("\u0001attacker"));
  expect(await readSealed(place, "lid-mapping", "1")).toBe("unreadable");
});

test("two stored forms of one value have nothing in common", async () => {
  const place = await placeWith(["session", "1.0", "same text"], ["session", "2.0", "same text"]);
  const one = Buffer.from(await storedValue(place, "session", "1.0"));
  const two = Buffer.from(await storedValue(place, "session", "2.0"));
  expect(one.subarray(5).equals(two.subarray(5))).toBe(false);
  expect(one.subarray(5, 17).equals(two.subarray(5, 17))).toBe(false);
});

test.each([false, true])(
  "a record that does not open is set aside as its raw bytes, reported and absent (hidden ids: %s)",
  async (hideIds) => {
    const place = new MemoryPlace();
    const encryption = { key: Buffer.alloc(32, 1), hideIds };
    {
      await using first = await useMemoryAuthState({ place, sessionId: "a", encryption });
      await setAny(first, "device-list", "5511999990000", ["0"]);
      await setAny(first, "device-list", "5511999990001", ["1"]);
    }
    const [storedId = ""] = await raw(place, async (session) => {
      const ids: string[] = [];
      for await (const id of session.ids("device-list")) ids.push(id);
      return ids;
    });
    const good = await storedValue(place, "device-list", storedId);
    await store(place, "device-list", storedId, good.toReversed());
    const quarantined: unknown[] = [];
    const inner = memoryBackend({ place });
    const backend = {
      ...inner,
      open: async (...args: Parameters<typeof inner.open>) => {
        const session = await inner.open(...args);
        const commit = session.commit.bind(session);
        session.commit = (batch) => {
          quarantined.push(...batch.ops.filter(({ op }) => op === "quarantine"));
          return commit(batch);
        };
        return session;
      },
    };

    await using handle = await openAuthState({ backend, sessionId: "a", encryption });
    const reported: unknown[] = [];
    handle.onCorrupt((record) => reported.push(record));
    expect(await getAny(handle, "device-list", "5511999990000")).toBeNull();
    expect(await getAny(handle, "device-list", "5511999990000")).toBeNull();
    expect(await getAny(handle, "device-list", "5511999990001")).toEqual(["1"]);

    expect(reported).toMatchObject([
      { type: "device-list", id: "5511999990000", reason: "UndecryptableRecord" },
    ]);
    expect(quarantined).toEqual([
      expect.objectContaining({ id: storedId, value: good.toReversed() }) as unknown,
    ]);
  },
);

test("a decrypted record that no codec reads is set aside, too", async () => {
  const place = new MemoryPlace();
  const encryption = { key: Buffer.alloc(32, 1) };
  await (await useMemoryAuthState({ place, sessionId: "a", encryption })).close();
  const session = await openSession(sealed(memoryBackend({ place }), { keys }));
  await session.commit({ batchId: "1", ops: [putOp("session", "1.0", "\u0003{torn")] });
  await session.release();

  await using handle = await useMemoryAuthState({ place, sessionId: "a", encryption });
  expect(await getAny(handle, "session", "1.0")).toBeNull();
  await handle.close();
  const [left] = await raw(place, (stored) => stored.read("session", ["1.0"]));
  expect(left).toBeNull();
});

test("commits that overlap keep their order, even when one has to look at what is stored first", async () => {
  const session = await openSession(sealed(memoryBackend(), { keys }));
  await session.commit({ batchId: "1", ops: [putOp("t", "bad", "bad")] });
  const bad = { ...putOp("t", "bad", "bad"), op: "quarantine" as const, reason: "test" };
  await Promise.all([
    session.commit({ batchId: "2", ops: [bad, putOp("t", "1", "first")] }),
    session.commit({ batchId: "3", ops: [putOp("t", "1", "second")] }),
  ]);

  const values = await session.read("t", ["bad", "1"]);
  expect(values.map((value) => value && Buffer.from(value).toString())).toEqual([null, "second"]);
});

test("creds that do not open are corrupt and left as they are, and an earlier generation takes over when asked", async () => {
  const place = new MemoryPlace();
  const options = { place, sessionId: "a", encryption: { key: Buffer.alloc(32, 1) } };
  const first = await useMemoryAuthState(options);
  const { advSecretKey } = first.state.creds;
  first.state.creds.accountSyncCounter = 1;
  await first.saveCreds();
  await first.close();
  const good = await raw(place, (session) => session.readCreds());
  const bad = (good ?? new Uint8Array()).toReversed();
  await raw(place, (session) => session.commit({ batchId: "bad", ops: [], creds: bad }));

  await expect(useMemoryAuthState(options)).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
  expect(await raw(place, (session) => session.readCreds())).toEqual(bad);
  await using recovered = await useMemoryAuthState({ ...options, recoverCreds: true });
  expect(recovered.state.creds).toMatchObject({ advSecretKey, accountSyncCounter: 1 });
});
