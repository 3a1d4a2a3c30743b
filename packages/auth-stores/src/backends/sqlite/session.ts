import type { Clock } from "@motte/core/clock";
import type { SqliteRow, SqliteValue } from "@motte/core/sqlite";
import type {
  BackendSession,
  CredsGeneration,
  Fence,
  ScannedPage,
  WriteBatch,
  WriteOp,
} from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { fencedOff } from "../../lease-conflict.ts";
import type { SqliteCommits } from "./commits.ts";
import { withSqliteErrors } from "./errors.ts";
import type { SqliteStatements } from "./statements.ts";

// Up to here one statement per id beats parsing a JSON list of them.
const FEW_IDS = 8;
const PAGE_ROWS = 500;
// How old the recorded time of the last change may be.
const MARK_MS = 1000;

export interface SqliteSessionParts {
  readonly commits: SqliteCommits;
  readonly statements: SqliteStatements;
  readonly location: string;
  readonly sessionId: string;
  readonly sid: number;
  readonly fence: Fence;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly credsGenerations: number;
  readonly assertOpen: () => void;
}

/** One acquired session of a SQLite database. Every batch first checks, in its transaction, whose session it is. */
export class SqliteSession implements BackendSession {
  readonly fence: Fence;
  readonly #parts: SqliteSessionParts;
  #released = false;
  #markedAtMs = -Infinity;

  constructor(parts: SqliteSessionParts) {
    this.fence = parts.fence;
    this.#parts = parts;
  }

  async readCreds(): Promise<Uint8Array | null> {
    const row = this.#run(() => this.#parts.statements("readCreds").get(this.#parts.sid));
    return row === undefined ? null : bytesOf(row, "v");
  }

  async readCredsHistory(): Promise<readonly CredsGeneration[]> {
    const rows = this.#run(() => this.#parts.statements("readCredsHistory").all(this.#parts.sid));
    return rows.map((row) => ({
      revision: Number(row["rev"]),
      replacedAtMs: Number(row["at"]),
      creds: bytesOf(row, "v"),
    }));
  }

  async readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = this.#run(() => this.#parts.statements("readMeta").all(this.#parts.sid));
    return new Map(rows.map((row) => [String(row["name"]), bytesOf(row, "v")]));
  }

  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    if (ids.length === 0) return [];
    const { statements, sid } = this.#parts;
    return this.#run(() => {
      if (ids.length <= FEW_IDS) {
        return ids.map((id) => {
          const row = statements("readOne").get(sid, type, id);
          return row === undefined ? null : bytesOf(row, "v");
        });
      }
      const rows = statements("readMany").all(sid, type, JSON.stringify(ids));
      const found = new Map(rows.map((row) => [row["id"], bytesOf(row, "v")]));
      return ids.map((id) => found.get(id) ?? null);
    });
  }

  async commit(batch: WriteBatch): Promise<void> {
    this.#assertOpen();
    const { commits, sid } = this.#parts;
    await commits.add({
      sid,
      size: batch.ops.length,
      withCreds: batch.creds !== undefined,
      apply: () => this.#apply(batch),
    });
  }

  async types(): Promise<readonly string[]> {
    const rows = this.#run(() => this.#parts.statements("types").all(this.#parts.sid));
    return rows.map((row) => String(row["type"]));
  }

  async *ids(type: string): AsyncGenerator<string> {
    for (const rows of this.#pages("idsFrom", type)) {
      for (const row of rows) yield String(row["id"]);
    }
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    for (const rows of this.#pages("recordsFrom", type)) {
      for (const row of rows) yield recordOf(row);
    }
  }

  async *scanPages(type: string): AsyncGenerator<ScannedPage> {
    for (const rows of this.#pages("recordsFrom", type)) yield rows.map(recordOf);
  }

  async renew(): Promise<"renewed" | "lost"> {
    const { statements, clock, leaseMs } = this.#parts;
    const { changes } = this.#run(() =>
      statements("renew").run(clock.now() + leaseMs, ...this.#ownership()),
    );
    return Number(changes) === 1 ? "renewed" : "lost";
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#assertOpen();
    this.#parts.commits.flush();
    this.#run(() => this.#parts.statements("release").run(...this.#ownership()));
    this.#released = true;
  }

  #apply(batch: WriteBatch): void {
    const { statements, sid, sessionId, clock, credsGenerations } = this.#parts;
    const owned = statements("checkOwner").get(...this.#ownership());
    if (owned === undefined) throw fencedOff(sessionId);
    if (owned["last_batch"] === batch.batchId) return;
    const nowMs = clock.now();
    if (batch.clear !== undefined) statements("clear").run(sid);
    for (const op of batch.ops) this.#applyOp(op, nowMs);
    for (const [name, value] of batch.meta ?? []) {
      if (value === null) statements("delMeta").run(sid, name);
      else statements("putMeta").run(sid, name, value);
    }
    if (batch.creds !== undefined) {
      statements("keepCreds").run(nowMs, sid);
      statements("putCreds").run(sid, batch.creds);
      statements("pruneCreds").run(sid, sid, credsGenerations);
    }
    if (!isRepeatable(batch) || Math.abs(nowMs - this.#markedAtMs) >= MARK_MS) {
      statements("markCommitted").run(batch.batchId, nowMs, sid);
      this.#markedAtMs = nowMs;
    }
  }

  #applyOp(op: WriteOp, nowMs: number): void {
    const { statements, sid } = this.#parts;
    switch (op.op) {
      case "put":
        statements("put").run(sid, op.type, op.id, op.value);
        return;
      case "del":
        statements("del").run(sid, op.type, op.id);
        return;
      case "quarantine": {
        const moved = statements("copyToQuarantine").run(
          nowMs,
          op.reason,
          sid,
          op.type,
          op.id,
          op.value,
        );
        if (Number(moved.changes) > 0) statements("del").run(sid, op.type, op.id);
      }
    }
  }

  // Page by page, as a connection cannot write while one of its statements is being stepped through.
  *#pages(statement: "idsFrom" | "recordsFrom", type: string): Generator<readonly SqliteRow[]> {
    const { statements, sid } = this.#parts;
    let last: SqliteValue | undefined;
    for (;;) {
      const from = last ?? "";
      const rows = this.#run(() => statements(statement).all(sid, type, from, PAGE_ROWS));
      // A page starts with the row the page before ended with, if that still exists.
      const startsAgain = last !== undefined && rows[0]?.["id"] === last;
      yield startsAgain ? rows.slice(1) : rows;
      if (rows.length < PAGE_ROWS) return;
      last = rows.at(-1)?.["id"];
    }
  }

  #ownership(): [sid: SqliteValue, epoch: SqliteValue, owner: SqliteValue] {
    return [this.#parts.sid, this.fence.epoch, this.fence.owner];
  }

  #run<T>(work: () => T): T {
    this.#assertOpen();
    return withSqliteErrors(this.#parts.location, work);
  }

  #assertOpen(): void {
    this.#parts.assertOpen();
    if (!this.#released) return;
    throw new AuthStoreError("AUTH_STORE_CLOSED", "This session has been given up: open it again", {
      sessionId: this.#parts.sessionId,
    });
  }
}

/** Whether applying the batch twice in a row changes nothing, so that it need not leave its name behind. */
function isRepeatable(batch: WriteBatch): boolean {
  return batch.creds === undefined && batch.ops.every(({ op }) => op !== "quarantine");
}

function recordOf(row: SqliteRow): readonly [id: string, value: Uint8Array] {
  return [String(row["id"]), bytesOf(row, "v")];
}

function bytesOf(row: SqliteRow, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    `The database column "${column}" does not hold bytes`,
  );
}
