import type { BackendSession, WriteBatch, WriteOp } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { ManualClock } from "@motte/core/manual-clock";
import { openSqlite } from "@motte/core/sqlite";
import { expect, test } from "vitest";
import { putOp } from "../support/backend-calls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { watchedDatabase } from "../support/watched-database.ts";

interface Setting extends AsyncDisposable {
  /** Opens a session; each has its own id. */
  readonly open: (sessionId: string, isKnownDead?: boolean) => Promise<BackendSession>;
  /** Every statement without parameters that ran since the setting was made. */
  readonly executed: string[];
  /** Makes the next run of a statement fail. */
  failNext(sql: string, code: string): void;
}

async function setting(durability: "commit" | "process" = "commit"): Promise<Setting> {
  const folder = await temporaryFolder();
  const inner = await openSqlite(folder.file("auth.db"));
  const executed: string[] = [];
  const failures = new Map<string, string>();
  const database = watchedDatabase(inner, (sql) => {
    executed.push(sql);
    const code = failures.get(sql);
    failures.delete(sql);
    if (code !== undefined) throw Object.assign(new Error("injected"), { code });
  });
  const backend = await sqliteBackend(database, { clock: new ManualClock(), durability });
  inner.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON kv WHEN NEW.id = 'bad' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  );
  executed.length = 0;
  return {
    executed,
    open: (sessionId, dead = false) =>
      backend.open(sessionId, {
        create: true,
        owner: "test",
        leaseMs: 60_000,
        isKnownDead: () => dead,
      }),
    failNext: (sql, code) => void failures.set(sql, code),
    [Symbol.asyncDispose]: async () => {
      await backend[Symbol.asyncDispose]();
      inner.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

let batches = 0;
const batchOf = (...ops: WriteOp[]): WriteBatch => ({ batchId: `${++batches}`, ops });

const large = (text: string): WriteBatch =>
  batchOf(...Array.from({ length: 300 }, (_, index) => putOp("t", `${index}`, text)));

const plain = (session: BackendSession): Promise<void> =>
  session.commit(batchOf(putOp("t", "1", "x")));

const withCreds = (session: BackendSession): Promise<void> =>
  session.commit({ ...batchOf(), creds: Buffer.from("creds") });

async function stored(session: BackendSession, id: string): Promise<string | null> {
  const [value] = await session.read("t", [id]);
  return value ? Buffer.from(value).toString() : null;
}

const begins = (executed: readonly string[]): number =>
  executed.filter((sql) => sql === "BEGIN IMMEDIATE").length;

test("what several sessions hand over in one turn shares one transaction", async () => {
  await using place = await setting();
  const sessions = await Promise.all(["a", "b", "c"].map((name) => place.open(name)));
  place.executed.length = 0;

  await Promise.all(sessions.map((session) => session.commit(batchOf(putOp("t", "1", "x")))));

  expect(begins(place.executed)).toBe(1);
  for (const session of sessions) expect(await stored(session, "1")).toBe("x");
});

test("a batch that fails leaves the others of its group alone, and alone learns of it", async () => {
  await using place = await setting();
  const [a, b, c] = [await place.open("a"), await place.open("b"), await place.open("c")];

  const outcomes = await Promise.allSettled([
    a.commit(batchOf(putOp("t", "1", "of a"))),
    b.commit(batchOf(putOp("t", "1", "of b"), putOp("t", "bad", "x"))),
    c.commit(batchOf(putOp("t", "1", "of c"))),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { code: "AUTH_STORE_UNAVAILABLE" } });
  expect([await stored(a, "1"), await stored(b, "1"), await stored(c, "1")]).toEqual([
    "of a",
    null,
    "of c",
  ]);
});

test("a batch that failed once is tried again by itself, before what its session wrote later", async () => {
  await using place = await setting();
  const [a, b] = [await place.open("a"), await place.open("b")];
  let broken = true;
  const flickering: WriteOp = {
    op: "put",
    type: "t",
    id: "1",
    get value() {
      if (!broken) return Buffer.from("first");
      broken = false;
      throw new RangeError("not yet");
    },
  };

  await Promise.all([
    b.commit(batchOf(putOp("t", "1", "of b"))),
    a.commit(batchOf(flickering)),
    a.commit(batchOf(putOp("t", "1", "second"))),
  ]);

  expect(await stored(a, "1")).toBe("second");
  expect(await stored(b, "1")).toBe("of b");
});

test("a former owner is refused in the midst of a group", async () => {
  await using place = await setting();
  const former = await place.open("a");
  const other = await place.open("b");
  const owner = await place.open("a", true);

  const outcomes = await Promise.allSettled([
    former.commit(batchOf(putOp("t", "1", "zombie"))),
    other.commit(batchOf(putOp("t", "1", "of b"))),
    owner.commit(batchOf(putOp("t", "2", "mine"))),
  ]);

  expect(outcomes[0]).toMatchObject({ reason: { code: "AUTH_STORE_FENCED" } });
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect([await stored(owner, "1"), await stored(owner, "2")]).toEqual([null, "mine"]);
  expect(await stored(other, "1")).toBe("of b");
});

test.each(["COMMIT", "ROLLBACK TO batch"])(
  "a group that SQLite undoes as a whole is committed batch by batch (%s fails)",
  async (statement) => {
    await using place = await setting();
    const [a, b] = [await place.open("a"), await place.open("b")];
    place.failNext(statement, "SQLITE_FULL");

    const outcomes = await Promise.allSettled([
      a.commit(batchOf(putOp("t", "1", "of a"))),
      b.commit(batchOf(putOp("t", "bad", "x"))),
      b.commit(batchOf(putOp("t", "1", "of b"))),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([await stored(a, "1"), await stored(b, "1")]).toEqual(["of a", "of b"]);
  },
);

test("a busy database is waited for once, not once for every session", async () => {
  await using place = await setting();
  const [a, b] = [await place.open("a"), await place.open("b")];
  place.executed.length = 0;
  place.failNext("BEGIN IMMEDIATE", "SQLITE_BUSY");

  const outcomes = await Promise.allSettled([
    a.commit(batchOf(putOp("t", "1", "x"))),
    b.commit(batchOf(putOp("t", "1", "x"))),
  ]);

  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ reason: { code: "AUTH_STORE_UNAVAILABLE", retryable: true } });
  }
  expect(begins(place.executed)).toBe(1);
  expect([await stored(a, "1"), await stored(b, "1")]).toEqual([null, null]);
});

test("a large group is split between batches, in order", async () => {
  await using place = await setting();
  const [a, b] = [await place.open("a"), await place.open("b")];
  place.executed.length = 0;

  await Promise.all([a.commit(large("1")), b.commit(large("2")), a.commit(large("3"))]);

  expect(begins(place.executed)).toBe(3);
  expect([await stored(a, "299"), await stored(b, "299")]).toEqual(["3", "2"]);
});

test("creds are flushed to disk even where records are not", async () => {
  await using place = await setting("process");
  const [a, b] = [await place.open("a"), await place.open("b")];
  const levels = async (work: Promise<unknown>[]): Promise<string[]> => {
    place.executed.length = 0;
    await Promise.all(work);
    return place.executed.filter((sql) => /synchronous|BEGIN/.test(sql));
  };

  await plain(a);
  expect(await levels([plain(a), withCreds(b)])).toEqual([
    "PRAGMA synchronous = FULL",
    "BEGIN IMMEDIATE",
  ]);
  expect(await levels([plain(a), plain(b)])).toEqual([
    "PRAGMA synchronous = NORMAL",
    "BEGIN IMMEDIATE",
  ]);
  expect(await levels([plain(b)])).toEqual(["BEGIN IMMEDIATE"]);
});

test("giving a session up first commits what it handed over", async () => {
  await using place = await setting();
  const session = await place.open("a");

  const [commit] = [session.commit(batchOf(putOp("t", "1", "x"))), await session.release()];
  await commit;

  expect(await stored(await place.open("a"), "1")).toBe("x");
});
