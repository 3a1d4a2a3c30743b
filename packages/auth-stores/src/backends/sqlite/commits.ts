import type { SqliteDatabase } from "@motte/core/sqlite";
import { hasCode } from "@motte/core/errors";
import { EndOfTurn } from "../../end-of-turn.ts";
import { withSqliteErrors } from "./errors.ts";
import { type SqliteStatements, inTransaction } from "./statements.ts";

// Rows that one transaction may hold before the event loop gets a turn. A single batch is never split.
const GROUP_OPS = 512;

/** One session's batch, about to be committed. */
export interface SqliteCommit {
  /** Commits of one session keep their order. */
  readonly sid: number;
  /** How many rows it changes, roughly. */
  readonly size: number;
  readonly withCreds: boolean;
  /** Checks the owner and writes the batch, inside a transaction; throws to undo it. */
  readonly apply: () => void;
}

interface Waiting extends SqliteCommit {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface SqliteCommitsOptions {
  readonly database: SqliteDatabase;
  readonly statements: SqliteStatements;
  readonly location: string;
  readonly durability: "commit" | "process";
}

/**
 * Commits the batches of all sessions of one connection in groups: what is handed over in one turn of the event loop
 * shares a transaction, and so a disk flush.
 *
 * A batch that fails is undone alone and tried once more by itself; the others of its group do not notice.
 */
export class SqliteCommits {
  readonly #options: SqliteCommitsOptions;
  #waiting: Waiting[] = [];
  #scheduled = false;
  readonly #endOfTurn = new EndOfTurn();
  #synchronous: string | undefined;

  constructor(options: SqliteCommitsOptions) {
    this.#options = options;
  }

  /** Settles when the batch is durable, or with the reason why it is not. */
  add(commit: SqliteCommit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...commit, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits everything that waits, now: what comes next must find it done. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commitGroup(this.#nextGroup());
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#endOfTurn.run(() => {
      this.#scheduled = false;
      if (this.#waiting.length === 0) return;
      this.#commitGroup(this.#nextGroup());
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #nextGroup(): readonly Waiting[] {
    if (this.#waiting.length === 1) return this.#waiting.splice(0);
    let size = 0;
    const tooMany = this.#waiting.findIndex((waiting, index) => {
      size += waiting.size;
      return index > 0 && size > GROUP_OPS;
    });
    return this.#waiting.splice(0, tooMany === -1 ? this.#waiting.length : tooMany);
  }

  #commitGroup(group: readonly Waiting[]): void {
    const [first] = group;
    if (group.length === 1 && first !== undefined) {
      this.#commitAlone(first);
      return;
    }
    const committed: Waiting[] = [];
    const refused: [waiting: Waiting, error: unknown][] = [];
    let again: Waiting[] = [];
    let begun = false;
    try {
      this.#transaction(group, () => {
        begun = true;
        const behind = new Set<number>();
        for (const waiting of group) {
          // What a session wrote after a batch that failed must not be overtaken by it.
          const error = behind.has(waiting.sid) ? "waits" : this.#applyApart(waiting);
          if (error === undefined) committed.push(waiting);
          else if (hasCode(error, "AUTH_STORE_FENCED")) refused.push([waiting, error]);
          else {
            behind.add(waiting.sid);
            again.push(waiting);
          }
        }
      });
    } catch (error) {
      // A database that is busy is busy for all of them, and waiting for it in turn would stop the event loop.
      if (!begun) {
        for (const { reject } of group) reject(error);
        return;
      }
      committed.length = 0;
      refused.length = 0;
      again = [...group];
    }
    for (const { resolve } of committed) resolve();
    for (const [{ reject }, error] of refused) reject(error);
    for (const waiting of again) this.#commitAlone(waiting);
  }

  #commitAlone(waiting: Waiting): void {
    try {
      this.#transaction([waiting], waiting.apply);
    } catch (error) {
      waiting.reject(error);
      return;
    }
    waiting.resolve();
  }

  /** Gives back why the batch could not be applied, once nothing of it is left; throws when the group is lost. */
  #applyApart({ apply }: Waiting): unknown {
    const { statements } = this.#options;
    statements("savepoint").run();
    try {
      apply();
    } catch (error) {
      // Fails when SQLite has undone the whole transaction (disk full, I/O error), and so ends it here, too.
      statements("undo").run();
      statements("keep").run();
      return error;
    }
    statements("keep").run();
    return undefined;
  }

  #transaction(group: readonly Waiting[], work: () => void): void {
    const { statements, location, durability } = this.#options;
    withSqliteErrors(location, () => {
      // Losing a few ratchet steps in a power cut may be acceptable to the caller; losing creds never is.
      const withCreds = group.some((waiting) => waiting.withCreds);
      this.#setSynchronous(durability === "commit" || withCreds ? "FULL" : "NORMAL");
      inTransaction(statements, work);
    });
  }

  #setSynchronous(level: "FULL" | "NORMAL"): void {
    if (this.#synchronous === level) return;
    this.#options.database.exec(`PRAGMA synchronous = ${level}`);
    this.#synchronous = level;
  }
}
