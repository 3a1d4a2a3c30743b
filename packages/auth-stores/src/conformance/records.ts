import type { ConformanceGroup } from "./runner.ts";
import { batchOf, del, listOf, openSession, put, readText, textOf } from "./session.ts";

const ODD_IDS = [
  "",
  "__proto__",
  "constructor",
  "5511912345678:12@s.whatsapp.net",
  "120363@g.us::1_1::0",
  "a/b",
  "a__b",
  "../a",
  "AbC+/=",
  "aBc+/=",
  "ключ 🔑",
  "x'; DROP TABLE kv; --",
  "%",
  "x".repeat(200),
];

/** Bytes in, the same bytes out, whatever the ids look like. */
export const records: ConformanceGroup = ({ test, deepEqual }, withBackend) => {
  test(
    "reading no ids answers an empty list",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      deepEqual(await session.read("session", []), []);
    }),
  );

  test(
    "records come back in the order asked for, null where there is none",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("t", "1", "one"), put("t", "2", "two"), put("u", "3", "three")]),
      );

      deepEqual(await readText(session, "t", ["2", "3", "1", "2"]), ["two", null, "one", "two"]);
      deepEqual(await readText(session, "never heard of", ["1"]), [null]);
    }),
  );

  test(
    "empty and large values keep their bytes",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const large = Buffer.alloc(1_000_000, 0xa7);
      await session.commit(
        batchOf([
          { op: "put", type: "t", id: "empty", value: new Uint8Array() },
          { op: "put", type: "t", id: "large", value: large },
        ]),
      );

      const [empty, read] = await session.read("t", ["empty", "large"]);
      deepEqual(empty?.length, 0);
      deepEqual(read !== null && read !== undefined && large.equals(read), true);
    }),
  );

  test(
    "ids are any text, told apart by every character and its case",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(batchOf(ODD_IDS.map((id) => put("t", id, `value of ${id}`))));

      const expected = ODD_IDS.map((id) => `value of ${id}`);
      deepEqual(await readText(session, "t", ODD_IDS), expected);
      for (const [index, id] of ODD_IDS.entries()) {
        deepEqual(await readText(session, "t", [id]), [expected[index]]);
      }
      deepEqual((await listOf(session.ids("t"))).toSorted(), ODD_IDS.toSorted());
    }),
  );

  test(
    "type and id do not run into each other",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(
        batchOf([put("sender-key", "memory-x", "key"), put("sender-key-memory", "x", "memory")]),
      );

      deepEqual(await readText(session, "sender-key", ["memory-x", "x"]), ["key", null]);
      deepEqual(await listOf(session.ids("sender-key")), ["memory-x"]);
    }),
  );

  test(
    "a record is replaced and deleted, and deleting an absent one is no error",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      await session.commit(batchOf([put("t", "1", "old"), put("t", "2", "kept")]));
      await session.commit(batchOf([put("t", "1", "new")]));
      deepEqual(await readText(session, "t", ["1"]), ["new"]);

      await session.commit(batchOf([del("t", "1"), del("t", "never there")]));
      deepEqual(await readText(session, "t", ["1", "2"]), [null, "kept"]);
    }),
  );

  test(
    "thousands of records are written and read at once",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const ids = Array.from({ length: 5000 }, (_, index) => `${index}`);
      await session.commit(batchOf(ids.map((id) => put("pre-key", id, id))));

      deepEqual(await readText(session, "pre-key", ids), ids);
      deepEqual((await listOf(session.ids("pre-key"))).length, ids.length);
    }),
  );

  test(
    "what is handed in or out may be changed afterwards",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const value = Buffer.from("before");
      const creds = Buffer.from("creds");
      await session.commit(batchOf([{ op: "put", type: "t", id: "1", value }], { creds }));
      value.fill(0);
      creds.fill(0);
      const [read] = await session.read("t", ["1"]);
      deepEqual(textOf(read ?? null), "before");
      read?.fill(0);
      (await session.readCreds())?.fill(0);

      deepEqual(await readText(session, "t", ["1"]), ["before"]);
      deepEqual(textOf(await session.readCreds()), "creds");
    }),
  );

  test(
    "types, ids and scan list what is there",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      deepEqual(await session.types(), []);
      await session.commit(
        batchOf([put("t", "1", "one"), put("t", "2", "two"), put("u", "3", "x")]),
      );
      await session.commit(batchOf([del("u", "3")]));

      deepEqual(await session.types(), ["t"]);
      deepEqual((await listOf(session.ids("t"))).toSorted(), ["1", "2"]);
      const scanned = await listOf(session.scan("t"));
      deepEqual(scanned.map(([id, value]) => `${id}=${textOf(value)}`).toSorted(), [
        "1=one",
        "2=two",
      ]);
      deepEqual(await listOf(session.scan("u")), []);
    }),
  );

  test(
    "scanning in pages, where the backend can, gives what scanning gives",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      const values = Array.from({ length: 1_001 }, (_, at) => (at % 7 === 0 ? "" : `value ${at}`));
      await session.commit(batchOf(values.map((value, at) => put("t", `${at}`, value))));
      await session.commit(batchOf([put("u", "1", "one")]));
      const scanned = named(await listOf(session.scan("t")));
      deepEqual(scanned, values.map((value, at) => `${at}=${value}`).toSorted());
      if (session.scanPages === undefined) return;
      deepEqual(named((await listOf(session.scanPages("t"))).flat()), scanned);
    }),
  );

  test(
    "a new session has no creds, and earlier creds are kept, newest first",
    withBackend(async (backend) => {
      const session = await openSession(backend);
      deepEqual(await session.readCreds(), null);
      deepEqual(await session.readCredsHistory(), []);

      const saves = Array.from({ length: 8 }, (_, index) => `creds ${index}`);
      for (const creds of saves) await session.commit(batchOf([], { creds: Buffer.from(creds) }));

      deepEqual(textOf(await session.readCreds()), saves.at(-1));
      const history = (await session.readCredsHistory()).map(({ creds }) => textOf(creds));
      const kept = backend.capabilities.credsGenerations;
      deepEqual(history, saves.slice(0, -1).toReversed().slice(0, kept));
    }),
  );

  test(
    "sessions do not see each other, and are listed and deleted one by one",
    withBackend(async (backend) => {
      const a = await openSession(backend, { sessionId: "a" });
      const b = await openSession(backend, { sessionId: "b" });
      await a.commit(batchOf([put("t", "1", "of a")], { creds: Buffer.from("creds of a") }));
      deepEqual(await readText(b, "t", ["1"]), [null]);
      deepEqual(await b.readCreds(), null);
      await b.commit(batchOf([put("t", "1", "of b")]));

      await a.release();
      await backend.delete("a", { isKnownDead: () => false });
      await backend.delete("never there", { isKnownDead: () => false });

      const left = await listOf(backend.list());
      deepEqual(
        left.map(({ sessionId, owner }) => [sessionId, owner]),
        [["b", "first"]],
      );
      deepEqual(await readText(b, "t", ["1"]), ["of b"]);
      await b.release();
      await backend.delete("b", { isKnownDead: () => false });
      for (const sessionId of ["a", "b"]) {
        const again = await openSession(backend, { sessionId });
        deepEqual(await again.readCreds(), null);
        deepEqual(await again.readCredsHistory(), []);
        deepEqual(await readText(again, "t", ["1"]), [null]);
      }
    }),
  );
};

function named(found: readonly (readonly [string, Uint8Array])[]): readonly string[] {
  return found.map(([id, value]) => `${id}=${textOf(value)}`).toSorted();
}
