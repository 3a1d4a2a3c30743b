import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type SqliteDatabase, type SqliteDriver, openSqlite } from "@motte/core/sqlite";
import type {
  AuthBackend,
  BackendSession,
  DeleteSessionOptions,
  OpenSessionOptions,
  SessionSummary,
} from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { assertFree } from "../../lease-conflict.ts";
import { warnOfNetworkFileSystem } from "../../network-file-system.ts";
import { missingSession } from "../../opened-creds.ts";
import { SqliteCommits } from "./commits.ts";
import { withSqliteErrors } from "./errors.ts";
import { prepareFile } from "./file.ts";
import { prepareSchema } from "./schema.ts";
import { SqliteSession } from "./session.ts";
import { SharingWatch } from "./sharing.ts";
import { type SqliteStatements, inTransaction, sqliteStatements } from "./statements.ts";
import { threadedSqliteBackend } from "./threaded.ts";

const GENERATIONS = 5;
// Holds the upper pages of the index for some hundred thousand records.
const PAGE_CACHE = 16 * 1024 * 1024;

export interface SqliteBackendOptions {
  /** Only with a file name. @defaultValue `node:sqlite` where the running Node has it, else better-sqlite3 */
  readonly driver?: SqliteDriver;
  /**
   * What an acknowledged write survives. `"commit"`: a power cut, at one disk flush per commit. `"process"`: a
   * killed process; a power cut may lose the last records (never creds), which sets ratchets back.
   *
   * @defaultValue `"commit"`
   */
  readonly durability?: "commit" | "process";
  /**
   * Only with a file name. Works on the database in a thread of its own, so that neither a disk flush nor a large
   * write holds up the event loop. A single call takes longer that way.
   *
   * @defaultValue `false`
   */
  readonly threaded?: boolean;
  /**
   * Up to how much memory holds pages of the database, in bytes; taken as needed. More makes random access to many records
   * faster. @defaultValue `16_777_216` (16 MiB)
   */
  readonly pageCacheBytes?: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /**
   * Is told when the file is on a network file system, and when this SQLite may damage one that several processes share.
   *
   * @defaultValue logs nothing
   */
  readonly logger?: Logger;
}

/** An `AuthBackend` that can also look over its file. */
export interface SqliteAuthBackend extends AuthBackend {
  /** What SQLite finds wrong with the database, one sentence each; empty when it is sound. Reads all of it. */
  integrityCheck(): Promise<readonly string[]>;
}

/** The names of `SqliteBackendOptions`. */
export const SQLITE_BACKEND_OPTIONS: readonly (keyof SqliteBackendOptions)[] = [
  "driver",
  "durability",
  "threaded",
  "pageCacheBytes",
  "clock",
  "logger",
];

/**
 * Keeps any number of sessions in one SQLite database: a file, `":memory:"`, or an open handle of better-sqlite3 or
 * node:sqlite, which the caller closes.
 *
 * The file is created if missing (mode 0600), its folder is not. Throws a `UsageError` for a path that cannot be
 * used or a database of something else, and `AUTH_STORE_SCHEMA_NEWER` for one from a newer version.
 */
export async function sqliteBackend(
  source: string | SqliteDatabase,
  options: SqliteBackendOptions = {},
): Promise<SqliteAuthBackend> {
  assertKnownOptions("sqliteBackend", options, SQLITE_BACKEND_OPTIONS);
  const { driver, durability = "commit", clock = systemClock, logger = silentLogger } = options;
  const pageCacheBytes = integerOption("pageCacheBytes", options.pageCacheBytes ?? PAGE_CACHE, {
    min: 1024,
    max: 2 ** 31,
  });
  if (durability !== "commit" && durability !== "process") {
    throw new UsageError("USAGE_INVALID_OPTION", 'durability must be "commit" or "process"');
  }
  if (typeof source === "string" && source !== ":memory:") {
    await warnOfNetworkFileSystem(dirname(resolve(source)), logger);
  }
  if (options.threaded === true) {
    if (typeof source === "string" && source !== ":memory:") {
      return threadedSqliteBackend({
        data: { file: source, driver, durability, pageCacheBytes },
        clock,
        logger,
      });
    }
    throw new UsageError("USAGE_INVALID_OPTION", "threaded needs the name of a database file");
  }
  const { database, location, owned } = await openSource(source, driver);
  try {
    withSqliteErrors(location, () => {
      // The driver waits in place and the event loop with it, so only briefly; the store tries again from outside.
      database.exec("PRAGMA busy_timeout = 1000");
      prepareSchema(database, location);
      configure(database, durability, pageCacheBytes);
    });
  } catch (error) {
    if (owned) database.close();
    throw error;
  }
  return new SqliteBackend({ database, location, owned, durability, clock, logger });
}

interface SqliteBackendParts {
  readonly database: SqliteDatabase;
  readonly location: string;
  readonly owned: boolean;
  readonly durability: "commit" | "process";
  readonly clock: Clock;
  readonly logger: Logger;
}

class SqliteBackend implements SqliteAuthBackend {
  readonly kind = "sqlite";
  readonly location: string;
  readonly capabilities: AuthBackend["capabilities"];
  readonly #parts: SqliteBackendParts;
  readonly #statements: SqliteStatements;
  readonly #commits: SqliteCommits;
  readonly #sharing: SharingWatch;
  #closed = false;

  constructor(parts: SqliteBackendParts) {
    this.location = parts.location;
    this.capabilities = {
      atomicBatch: true,
      fencing: "transactional",
      durability: parts.durability,
      credsGenerations: GENERATIONS,
    };
    this.#parts = parts;
    this.#statements = sqliteStatements(parts.database);
    this.#commits = new SqliteCommits({ ...parts, statements: this.#statements });
    this.#sharing = new SharingWatch(parts.database, parts.logger);
  }

  async open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession> {
    const { create, owner, leaseMs } = options;
    const { clock } = this.#parts;
    const acquired = this.#transaction(() => {
      const nowMs = clock.now();
      if (create && this.#find(sessionId) === undefined) {
        this.#statements("createSession").run(sessionId, nowMs, nowMs);
      }
      const stored = this.#find(sessionId);
      if (stored === undefined) throw missingSession(sessionId);
      assertFree(sessionId, stored, nowMs, options.isKnownDead);
      this.#statements("acquire").run(owner, nowMs + leaseMs, stored.sid);
      this.#sharing.onAcquired(owner, nowMs);
      return { sid: stored.sid, epoch: stored.epoch + 1 };
    });
    return new SqliteSession({
      ...this.#parts,
      statements: this.#statements,
      commits: this.#commits,
      sessionId,
      sid: acquired.sid,
      fence: { epoch: acquired.epoch, owner },
      leaseMs,
      credsGenerations: GENERATIONS,
      assertOpen: () => this.#assertOpen(),
    });
  }

  async *list(): AsyncGenerator<SessionSummary> {
    for (let after = 0; ;) {
      this.#assertOpen();
      const rows = withSqliteErrors(this.location, () =>
        this.#statements("listSessions").all(after),
      );
      for (const row of rows) {
        after = Number(row["sid"]);
        yield {
          sessionId: String(row["name"]),
          owner: textOrNull(row["owner"]),
          createdAtMs: Number(row["created_at"]),
          updatedAtMs: Number(row["updated_at"]),
        };
      }
      if (rows.length === 0) return;
    }
  }

  async delete(sessionId: string, { isKnownDead }: DeleteSessionOptions): Promise<void> {
    this.#transaction(() => {
      const stored = this.#find(sessionId);
      if (stored === undefined) return;
      assertFree(sessionId, stored, this.#parts.clock.now(), isKnownDead);
      this.#statements("deleteSession").run(stored.sid);
    });
  }

  async integrityCheck(): Promise<readonly string[]> {
    this.#assertOpen();
    const rows = withSqliteErrors(this.location, () =>
      this.#parts.database.prepare("PRAGMA integrity_check").all(),
    );
    return rows.map((row) => String(row["integrity_check"])).filter((found) => found !== "ok");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#commits.flush();
    this.#closed = true;
    if (this.#parts.owned) withSqliteErrors(this.location, () => this.#parts.database.close());
  }

  #find(sessionId: string): StoredSession | undefined {
    const row = this.#statements("findSession").get(sessionId);
    return row === undefined
      ? undefined
      : {
          sid: Number(row["sid"]),
          epoch: Number(row["epoch"]),
          owner: textOrNull(row["owner"]),
          untilMs: Number(row["lease_until"]),
        };
  }

  #transaction<T>(work: () => T): T {
    this.#assertOpen();
    this.#commits.flush();
    return withSqliteErrors(this.location, () => inTransaction(this.#statements, work));
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new AuthStoreError(
      "AUTH_STORE_CLOSED",
      `The backend of ${this.location} has been closed`,
    );
  }
}

interface StoredSession {
  readonly sid: number;
  readonly epoch: number;
  readonly owner: string | null;
  readonly untilMs: number;
}

// Handles have no name, so each gets a number for as long as it lives.
const handleNames = new WeakMap<SqliteDatabase, string>();
let handleCount = 0;

async function openSource(
  source: string | SqliteDatabase,
  driver: SqliteDriver | undefined,
): Promise<Pick<SqliteBackendParts, "database" | "location" | "owned">> {
  if (typeof source !== "string")
    return { database: source, location: nameOf(source), owned: false };
  const path = source === ":memory:" ? source : prepareFile(source);
  const database = await openSqlite(path, driver === undefined ? {} : { driver });
  return {
    database,
    location: path === ":memory:" ? nameOf(database) : `sqlite:${path}`,
    owned: true,
  };
}

function nameOf(database: SqliteDatabase): string {
  const name = handleNames.get(database) ?? `sqlite handle ${++handleCount}`;
  handleNames.set(database, name);
  return name;
}

function configure(
  database: SqliteDatabase,
  durability: "commit" | "process",
  pageCacheBytes: number,
): void {
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`PRAGMA synchronous = ${durability === "commit" ? "FULL" : "NORMAL"}`);
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA trusted_schema = OFF");
  // In KiB when negative.
  database.exec(`PRAGMA cache_size = -${Math.floor(pageCacheBytes / 1024)}`);
  database.exec("PRAGMA wal_autocheckpoint = 1000");
  database.exec("PRAGMA journal_size_limit = 67108864");
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
