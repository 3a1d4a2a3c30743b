import { setImmediate } from "node:timers/promises";
import { assertKnownOptions } from "@motte/core/options";
import type { SqliteDatabase, SqliteRow } from "@motte/core/sqlite";
import { assertAccount, openAccount } from "../sqlite/accounts.ts";
import { guarded } from "../sqlite/guarded.ts";
import { scrubbed } from "../sqlite/scrub.ts";
import {
  type DatabaseOptions,
  type OpenedDatabase,
  openDatabase,
} from "../sqlite/open-database.ts";
import { type Statements, prepared } from "../sqlite/statements.ts";
import { transaction } from "../sqlite/transaction.ts";
import type { PackedKind, PackedPart } from "./packed-history.ts";

export interface HistorySpoolOptions extends DatabaseOptions {
  /** Whose history this is. */
  readonly account: string;
}

/** What is known of a part without reading it. */
export type SpooledPart = Omit<PackedPart, "data"> & {
  readonly seq: number;
  readonly bytes: number;
};

/**
 * History on disk that waits to be stored: for one binding at a time, and drained by the next one if this one does
 * not get to it.
 */
export interface HistorySpool extends Disposable {
  /** What waits, oldest first. */
  readonly left: readonly SpooledPart[];
  /** Puts parts behind all others, in one transaction. @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  append(parts: readonly PackedPart[]): readonly SpooledPart[];
  /** @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  read(seq: number): Uint8Array | undefined;
  /** @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  remove(seqs: readonly number[]): void;
  /** Takes what was removed off the disk. Says whether it is. @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  scrub(): Promise<boolean>;
  /** Closes the file; a handle that was passed in stays open. What waits stays for the next time. */
  close(): void;
}

// Stored as the position, so only ever append.
const KINDS: readonly PackedKind[] = ["people", "messages", "deletion"];
const READ_PER_STEP = 1000;

/**
 * Opens the spool of one account, in a file of this package's own: best that of the other stores.
 *
 * @throws UsageError for options that make no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openHistorySpool(options: HistorySpoolOptions): Promise<HistorySpool> {
  assertKnownOptions("openHistorySpool", options, [
    "account",
    "file",
    "database",
    "driver",
    "checkpointThread",
  ]);
  const { account, ...where } = options;
  assertAccount(account);
  const opened = await openDatabase(where);
  try {
    const acct = guarded(() => openAccount(opened.database, account));
    const left = await leftOf(opened.database, acct);
    return new SqliteSpool(opened, acct, left);
  } catch (error) {
    opened.close();
    throw error;
  }
}

class SqliteSpool implements HistorySpool {
  readonly #waiting: Map<number, SpooledPart>;
  readonly #opened: OpenedDatabase;
  readonly #acct: number;
  readonly #sql: Statements;
  #next: number;
  #hasGaps = false;
  #isClosed = false;

  constructor(opened: OpenedDatabase, acct: number, left: readonly SpooledPart[]) {
    this.#opened = opened;
    this.#acct = acct;
    this.#sql = prepared(opened.database);
    this.#waiting = new Map(left.map((part) => [part.seq, part]));
    this.#next = (left.at(-1)?.seq ?? 0) + 1;
  }

  get left(): readonly SpooledPart[] {
    return [...this.#waiting.values()];
  }

  append(parts: readonly PackedPart[]): readonly SpooledPart[] {
    const first = this.#next;
    guarded(() =>
      transaction(this.#opened.database, () => {
        for (const [index, { kind, elements, chat, newestAt, data }] of parts.entries()) {
          this.#sql(
            `INSERT INTO history_spool(acct, seq, kind, elements, chat, newest, bytes, data)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          ).run(
            this.#acct,
            first + index,
            KINDS.indexOf(kind),
            elements,
            chat,
            newestAt,
            data.length,
            data,
          );
        }
      }),
    );
    this.#next = first + parts.length;
    const spooled = parts.map(({ kind, elements, chat, newestAt, data }, index) => {
      const [seq, bytes] = [first + index, data.length];
      return { kind, elements, chat, newestAt, seq, bytes };
    });
    for (const part of spooled) this.#waiting.set(part.seq, part);
    return spooled;
  }

  read(seq: number): Uint8Array | undefined {
    const row = guarded(() =>
      this.#sql("SELECT data FROM history_spool WHERE acct = ? AND seq = ?").get(this.#acct, seq),
    );
    const data = row?.["data"];
    return data instanceof Uint8Array ? data : undefined;
  }

  remove(seqs: readonly number[]): void {
    guarded(() =>
      transaction(this.#opened.database, () => {
        const remove = this.#sql("DELETE FROM history_spool WHERE acct = ? AND seq = ?");
        for (const seq of seqs) remove.run(this.#acct, seq);
      }),
    );
    for (const seq of seqs) this.#waiting.delete(seq);
    this.#hasGaps = true;
  }

  async scrub(): Promise<boolean> {
    if (this.#hasGaps) this.#hasGaps = !(await scrubbed(this.#opened.database));
    return !this.#hasGaps;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    guarded(() => this.#opened.close());
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function leftOf(database: SqliteDatabase, acct: number): Promise<SpooledPart[]> {
  const select = guarded(() =>
    database.prepare(
      `SELECT seq, kind, elements, chat, newest, bytes FROM history_spool
       WHERE acct = ? AND seq > ? ORDER BY seq LIMIT ?`,
    ),
  );
  const left: SpooledPart[] = [];
  for (;;) {
    const rows = guarded(() => select.all(acct, left.at(-1)?.seq ?? 0, READ_PER_STEP));
    left.push(...rows.map(partFrom));
    if (rows.length < READ_PER_STEP) return left;
    await setImmediate();
  }
}

function partFrom(row: SqliteRow): SpooledPart {
  return {
    seq: Number(row["seq"]),
    kind: KINDS[Number(row["kind"])] ?? "messages",
    elements: Number(row["elements"]),
    chat: String(row["chat"]),
    newestAt: Number(row["newest"]),
    bytes: Number(row["bytes"]),
  };
}
