import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { SqliteDatabase, SqliteRow } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, seconds } from "../millis.ts";
import { checkpointsOf } from "../sqlite/checkpoints.ts";
import { guarded } from "../sqlite/guarded.ts";
import { type DatabaseOptions, openDatabase } from "../sqlite/open-database.ts";
import { type Statements, prepared } from "../sqlite/statements.ts";
import { type SweepBudget, type SweepReport, sweepWithin } from "../sqlite/sweep-budget.ts";
import { SweepTimer } from "../sqlite/sweep-timer.ts";
import { transaction } from "../sqlite/transaction.ts";
import { type Change, type KV, type Stored, isDeletion, namespacePath, stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";

export interface SqliteKVOptions extends DatabaseOptions {
  /** How often expired entries are deleted from the disk; they are unreadable at once. @defaultValue `seconds(60)` */
  readonly sweepEvery?: Millis;
  /** Hears of sweeps that failed. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * A `KV` in a SQLite file, which it may share with the other stores of this package. On return a write survives
 * the death of the process.
 *
 * @throws UsageError for options that make no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openSqliteKV(options: SqliteKVOptions): Promise<KV> {
  assertKnownOptions("openSqliteKV()", options, [
    "file",
    "database",
    "driver",
    "checkpointThread",
    "sweepEvery",
    "onError",
    "clock",
  ]);
  const { clock = systemClock, sweepEvery = seconds(60) } = options;
  const report = totalSink(options.onError);
  const opened = await openDatabase(options, report);
  const { database } = opened;
  const shared: Shared = {
    database,
    clock,
    statement: prepared(database),
    open: new OpenCheck("The SQLite KV"),
  };
  const timer = new SweepTimer(clock, sweepEvery, () => sweepOrReport(shared, report));
  return partOf(shared, [], () => {
    timer[Symbol.dispose]();
    opened.close();
  });
}

interface Shared {
  readonly database: SqliteDatabase;
  readonly clock: Clock;
  readonly statement: Statements;
  readonly open: OpenCheck;
}

// What the entries of a namespace are stored under now: its path, until it is cleared. Asked within each statement, since
// another process may clear it at any time.
const STORED_AS = "coalesce((SELECT stored_as FROM kv_namespace WHERE ns = ?), ?)";

// An IN list is prepared once per length, so there are few lengths and the rest is filled up. Not json_each: it cuts
// a key at a zero character.
const LIST_LENGTHS = [1, 8, 64, 512];

function partOf(shared: Shared, names: readonly string[], closeAll: () => void): KV {
  const { database, clock, statement, open } = shared;
  const ns = namespacePath(names);

  const put = (change: Change): void => {
    const { key, value, expiresAtMs = null } = change;
    if (value === undefined || isDeletion(change, clock.now())) {
      statement(`DELETE FROM kv WHERE ns = ${STORED_AS} AND k = ?`).run(ns, ns, key);
      return;
    }
    statement(
      `INSERT INTO kv(ns, k, v, expires_at) VALUES (${STORED_AS}, ?, ?, ?)
       ON CONFLICT(ns, k) DO UPDATE SET v = excluded.v, expires_at = excluded.expires_at`,
    ).run(ns, ns, key, value, expiresAtMs);
  };

  return {
    name: "sqlite",
    capabilities: { atomicWrite: true, persistent: true },
    getMany: async (keys) => {
      open.assertOpen();
      const found = new Map<string, Stored>();
      guarded(() => {
        for (const list of lists([...new Set(keys)])) {
          const rows = statement(
            `SELECT k, v, expires_at FROM kv
             WHERE ns = ${STORED_AS} AND k IN (${list.map(() => "?").join()})
             AND (expires_at IS NULL OR expires_at > ?)`,
          ).all(ns, ns, ...list, clock.now());
          for (const row of rows) found.set(String(row["k"]), storedIn(row));
        }
      });
      return found;
    },
    write: async (changes) => {
      open.assertOpen();
      guarded(() => {
        const [first, ...others] = changes;
        if (first === undefined) return;
        if (others.length > 0) return transaction(database, () => changes.forEach(put));
        put(first);
        checkpointsOf(database)?.committed();
      });
    },
    clear: async () => {
      open.assertOpen();
      guarded(() => {
        transaction(database, () => {
          const name = statement(`SELECT ${STORED_AS} AS stored_as`).get(ns, ns)?.["stored_as"];
          statement("INSERT INTO kv_cleared(stored_as) VALUES (?)").run(String(name));
          // A path is JSON, which ends where it says it ends: nothing else is ever stored under this.
          statement(
            `INSERT INTO kv_namespace(ns, clears, stored_as) VALUES (?, 1, ? || '#1')
             ON CONFLICT(ns) DO UPDATE SET clears = clears + 1, stored_as = ns || '#' || (clears + 1)`,
          ).run(ns, ns);
        });
        // Where there is little to delete, that is all; otherwise the sweeps go on with it.
        sweep(shared);
      });
    },
    namespace: (name) => partOf(shared, [...names, name], () => {}),
    sweep: async (budget) => {
      open.assertOpen();
      return guarded(() => sweep(shared, budget));
    },
    close: async () => {
      if (names.length === 0 && open.close()) closeAll();
    },
  };
}

function* lists(keys: readonly string[]): Iterable<readonly string[]> {
  const longest = LIST_LENGTHS.at(-1) ?? 1;
  for (let start = 0; start < keys.length; start += longest) {
    const list = keys.slice(start, start + longest);
    const length = LIST_LENGTHS.find((each) => each >= list.length) ?? longest;
    const filler = list[0] ?? "";
    yield [...list, ...Array.from({ length: length - list.length }, () => filler)];
  }
}

function storedIn(row: SqliteRow): Stored {
  const { v: value, expires_at: expiresAtMs } = row;
  if (!(value instanceof Uint8Array)) {
    throw new StoreKitError("STORE_KIT_BODY_UNREADABLE", "A stored value is not made of bytes");
  }
  return stored(value, expiresAtMs === null ? undefined : Number(expiresAtMs));
}

function sweep({ database, clock, statement }: Shared, budget: SweepBudget = {}): SweepReport {
  const checkpoints = checkpointsOf(database);
  if (checkpoints?.isAtRest() === false) return { deleted: 0, more: true };
  const expired = statement(
    `DELETE FROM kv WHERE pk IN
     (SELECT pk FROM kv WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  );
  const chunk = (rows: number): number => {
    const cleared = deleteCleared(statement, rows);
    const left = rows - cleared;
    const deleted = left === 0 ? 0 : Number(expired.run(clock.now(), left).changes);
    checkpoints?.committed();
    return cleared + deleted;
  };
  return sweepWithin(clock, budget, chunk, checkpoints);
}

/** Deletes at most so many entries of namespaces that were cleared, and says how many it did. */
function deleteCleared(statement: Statements, rows: number): number {
  const next = statement("SELECT stored_as FROM kv_cleared LIMIT 1");
  let deleted = 0;
  for (;;) {
    const name = next.get()?.["stored_as"];
    if (name === undefined || deleted === rows) return deleted;
    const few = statement("DELETE FROM kv WHERE pk IN (SELECT pk FROM kv WHERE ns = ? LIMIT ?)");
    const before = deleted;
    deleted += Number(few.run(String(name), rows - deleted).changes);
    if (deleted - before < rows - before) {
      statement("DELETE FROM kv_cleared WHERE stored_as = ?").run(String(name));
    }
  }
}

function sweepOrReport(shared: Shared, report: ErrorSink): SweepReport {
  try {
    return guarded(() => sweep(shared));
  } catch (error) {
    report(error instanceof Error ? error : new Error("A sweep failed", { cause: error }));
    return { deleted: 0, more: false };
  }
}
