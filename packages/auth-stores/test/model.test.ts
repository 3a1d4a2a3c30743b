import { type AuthStateHandle, AuthStoreError, openAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { silentLogger } from "@motte/core/logger";
import { openSqlite } from "@motte/core/sqlite";
import {
  type SignalKeyStoreWithTransaction,
  addTransactionCapability,
} from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { watched } from "./support/watched-backend.ts";

const families = ["session", "device-list", "lid-mapping"] as const;
const key = fc.record({ type: fc.constantFrom(...families), id: fc.constantFrom("1", "2", "3") });
const change = fc.record({ key, value: fc.option(fc.nat({ max: 9 })) });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      changes: fc.array(change, { maxLength: 4 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("get" as const),
      keys: fc.array(key, { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("transaction" as const),
      changes: fc.array(change, { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
);
type Key = typeof key extends fc.Arbitrary<infer T> ? T : never;
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** A value of the family that stands for the number. */
function valueOf({ type }: Key, number: number | null): unknown {
  if (number === null) return null;
  if (type === "session") return { _sessions: { a: { number } }, version: "v1" };
  return type === "device-list" ? [`${number}`] : `${number}`;
}

function dataSetOf(changes: readonly Change[]): Record<string, Record<string, unknown>> {
  const data: Record<string, Record<string, unknown>> = {};
  for (const { key: at, value } of changes) (data[at.type] ??= {})[at.id] = valueOf(at, value);
  return data;
}

test("through Baileys' transactions, whatever was set is what is read, across overlaps and openings", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom(0, 600, 1_000_000),
      async (steps, cacheBytes) => {
        await using database = await openDatabase();
        const model = new Map<string, unknown>();
        const wrong: unknown[] = [];
        const apply = (changes: readonly Change[]): void => {
          for (const { key: at, value } of changes)
            model.set(`${at.type} ${at.id}`, valueOf(at, value));
        };
        let { handle, keys } = await database.open(cacheBytes);
        let pending: Promise<unknown>[] = [];
        for (const current of steps) {
          switch (current.kind) {
            case "set":
              pending.push(Promise.resolve(handle.state.keys.set(dataSetOf(current.changes))));
              apply(current.changes);
              if (current.wait) await Promise.all(pending.splice(0));
              break;
            case "transaction":
              // A transaction reads and writes for itself: what is still under way goes first.
              await Promise.all(pending.splice(0));
              await keys.transaction(async () => keys.set(dataSetOf(current.changes)), "test");
              apply(current.changes);
              break;
            case "get":
              await Promise.all(pending.splice(0));
              wrong.push(...(await differences(handle, current.keys, model)));
              break;
            case "clear":
              pending.push(Promise.resolve(handle.state.keys.clear?.()));
              model.clear();
              break;
            case "reopen":
              await handle.close();
              await Promise.all(pending.splice(0));
              ({ handle, keys } = await database.open(cacheBytes));
              break;
          }
        }
        await handle.close();
        await Promise.all(pending);
        pending = [];

        ({ handle } = await database.open(cacheBytes));
        const all = families.flatMap((type) => ["1", "2", "3"].map((id) => ({ type, id })));
        wrong.push(...(await differences(handle, all, model)));
        await handle.close();
        expect(wrong).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test("a set is stored whole or not at all, wherever the backend fails in it", async () => {
  const changes = fc.uniqueArray(change, {
    minLength: 1,
    maxLength: 6,
    selector: ({ key: at }) => `${at.type} ${at.id}`,
  });
  await fc.assert(
    fc.asyncProperty(changes, changes, fc.nat({ max: 5 }), async (before, after, failAt) => {
      await using database = await openDatabase();
      const { handle } = await database.open(1_000_000);
      await handle.state.keys.set(dataSetOf(before));
      database.failAtOperation(failAt);
      const stored = await Promise.resolve(handle.state.keys.set(dataSetOf(after))).then(
        () => true,
        () => false,
      );
      database.failAtOperation(undefined);
      const expected = new Map(
        before.map(({ key: at, value }) => [`${at.type} ${at.id}`, valueOf(at, value)]),
      );
      for (const { key: at, value } of stored ? after : []) {
        expected.set(`${at.type} ${at.id}`, valueOf(at, value));
      }

      const keys = [...before, ...after].map(({ key: at }) => at);
      expect(await differences(handle, keys, expected)).toEqual([]);
      await handle.close();
      const { handle: again } = await database.open(1_000_000);
      expect(await differences(again, keys, expected)).toEqual([]);
      await again.close();
    }),
    { numRuns: 60 },
  );
});

/** The records that do not read as the model has them. */
async function differences(
  { state }: AuthStateHandle,
  keys: readonly { readonly type: Key["type"]; readonly id: string }[],
  model: ReadonlyMap<string, unknown>,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { type, id } of keys) {
    const { [id]: actual } = await state.keys.get(type, [id]);
    const expected = model.get(`${type} ${id}`) ?? null;
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      found.push({ type, id, actual, expected });
  }
  return found;
}

interface TestDatabase extends AsyncDisposable {
  open(
    cacheBytes: number,
  ): Promise<{ handle: AuthStateHandle; keys: SignalKeyStoreWithTransaction }>;
  /** Lets SQLite fail when a batch reaches its operation of this number. */
  failAtOperation(number: number | undefined): void;
}

async function openDatabase(): Promise<TestDatabase> {
  const database = await openSqlite(":memory:");
  let failAt: number | undefined;
  const backend = watched(await sqliteBackend(database), {
    beforeCommit: ({ ops }) => {
      database.exec("DROP TRIGGER IF EXISTS refuse_put; DROP TRIGGER IF EXISTS refuse_del");
      const op = failAt === undefined ? undefined : ops[failAt];
      if (op === undefined) return;
      if (op.op === "quarantine")
        throw new AuthStoreError("AUTH_STORE_UNAVAILABLE", "not expected");
      const [name, event, row] =
        op.op === "put" ? ["put", "INSERT", "NEW"] : ["del", "DELETE", "OLD"];
      database.exec(
        `CREATE TRIGGER refuse_${name} BEFORE ${event} ON kv WHEN ${row}.type = '${op.type}' AND ${row}.id = '${op.id}'
         BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`,
      );
    },
  });
  return {
    open: async (cacheBytes) => {
      const handle = await openAuthState({
        backend,
        sessionId: "a",
        create: "if-missing",
        cacheBytes,
      });
      const options = { maxCommitRetries: 1, delayBetweenTriesMs: 1 };
      return { handle, keys: addTransactionCapability(handle.state.keys, silentLogger, options) };
    },
    failAtOperation: (number) => {
      failAt = number;
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
