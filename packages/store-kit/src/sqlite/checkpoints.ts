import { statSync } from "node:fs";
import {
  type SqliteDatabase,
  type SqliteDriver,
  availableSqliteDrivers,
  openSqlite,
} from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import type { ErrorSink } from "../error-sink.ts";
import { CheckpointThread } from "./checkpoint-client.ts";
import {
  CLOSED,
  EMPTIED,
  FAILED,
  FINISHED,
  NOBODY,
  OUTCOME,
  THREAD,
  TURN,
} from "./checkpoint-messages.ts";

const MIB = 1_048_576;
/** The log is moved into the file each time it has grown by so much, as SQLite does by itself. */
const MOVE_EVERY_BYTES = 4 * MIB;
/** Where writing goes on all the time the log only grows, until it is emptied while the writer waits for a moment. */
const EMPTY_AT_BYTES = 16 * MIB;
/** A thread that does not keep up is not waited for: then SQLite moves the log in the thread that writes. */
const FALL_BACK_AT_BYTES = 64 * MIB;
/** A smaller log is emptied sooner than a thread is started. */
const SMALL_LOG_BYTES = MIB;
/** How long a database that is being closed, or a sweep in all, waits for the thread. */
const LONGEST_WAIT_MS = 5000;

const links = new WeakMap<SqliteDatabase, Checkpoints>();

/** The checkpoints of a database that has the thread. */
export function checkpointsOf(database: SqliteDatabase): Checkpoints | undefined {
  return links.get(database);
}

/**
 * Has the write-ahead log of a database moved into its file by the thread from now on, until it is closed as often as
 * this was called. The first call on a handle decides.
 *
 * A database in memory has no log; one without automatic checkpoints is left to whoever took them away.
 */
export async function moveLogInThread(
  database: SqliteDatabase,
  report: ErrorSink,
): Promise<Disposable | undefined> {
  const driver = await driverOf(database);
  const known = links.get(database);
  if (known !== undefined) return known.share();
  if (driver === undefined || ("readonly" in database && database.readonly === true)) return;
  const list = database.prepare("PRAGMA database_list").all();
  const file = String(list.find(({ name }) => name === "main")?.["file"] ?? "");
  const pages = pragma(database, "wal_autocheckpoint");
  if (file === "" || pages === 0) return undefined;
  const checkpoints = new Checkpoints(database, file, driver, pages, report);
  links.set(database, checkpoints);
  return checkpoints.share();
}

/** Moves the log of one database off the event loop. */
export class Checkpoints {
  readonly #database: SqliteDatabase;
  readonly #file: string;
  readonly #driver: SqliteDriver;
  readonly #pagesBefore: number;
  readonly #report: ErrorSink;
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));
  #thread: CheckpointThread | undefined;
  #users = 0;
  #isMoving = false;
  #moveAtBytes = MOVE_EVERY_BYTES;
  /** The request whose end a sweep looks for. */
  #sweeps: { readonly number: number; waitedMs: number } | undefined;
  #hasFailed = false;

  constructor(
    database: SqliteDatabase,
    file: string,
    driver: SqliteDriver,
    pagesBefore: number,
    report: ErrorSink,
  ) {
    this.#database = database;
    this.#file = file;
    this.#driver = driver;
    this.#pagesBefore = pagesBefore;
    this.#report = report;
    const pages = Math.max(1, Math.floor(FALL_BACK_AT_BYTES / pragma(database, "page_size")));
    database.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }

  share(): Disposable {
    this.#users++;
    let isLeft = false;
    return {
      [Symbol.dispose]: () => {
        if (isLeft) return;
        isLeft = true;
        if (--this.#users === 0) this.#close();
      },
    };
  }

  /** Says that something was written: the log may have grown. Never throws. */
  committed(): void {
    if (this.#isMoving || this.#hasFailed) return;
    this.#carefully(() => {
      const bytes = this.#logBytes();
      // Somebody emptied it.
      this.#moveAtBytes = Math.min(this.#moveAtBytes, bytes + MOVE_EVERY_BYTES);
      if (bytes < this.#moveAtBytes) return;
      this.#isMoving = true;
      this.#ask(bytes >= EMPTY_AT_BYTES, false, () => {
        this.#isMoving = false;
        this.#carefully(() => (this.#moveAtBytes = this.#logBytes() + MOVE_EVERY_BYTES));
      });
    });
  }

  /**
   * Empties the log, and says whether it is: somebody may read from it. `undefined` when that is for the caller to do,
   * because the log is small or the thread does not work.
   */
  async empty(): Promise<boolean | undefined> {
    if (!this.#isWorthAsking()) return undefined;
    return new Promise((resolve) => {
      const wasAsked = this.#carefully(() =>
        this.#ask(true, true, (isEmptied) => resolve(this.#hasFailed ? undefined : isEmptied)),
      );
      if (!wasAsked) resolve(undefined);
    });
  }

  /**
   * The same for who cannot await: `"later"` when it takes longer than that. It must be asked again then, until the
   * answer is another.
   */
  emptyWithin(maxMs: number): boolean | "later" | undefined {
    if (this.#sweeps === undefined) {
      if (!this.#isWorthAsking()) return undefined;
      const wasAsked = this.#carefully(() => {
        this.#sweeps = { number: this.#ask(true, false, () => {}), waitedMs: 0 };
      });
      if (!wasAsked) return undefined;
    }
    const sweeps = this.#sweeps;
    if (sweeps === undefined || this.#hasFailed) return this.#sweepEnds(undefined);
    const finished = Atomics.load(this.#shared, FINISHED);
    if (finished < sweeps.number) {
      if (sweeps.waitedMs >= LONGEST_WAIT_MS) return this.#sweepEnds(undefined);
      sweeps.waitedMs += maxMs;
      Atomics.wait(this.#shared, FINISHED, finished, maxMs);
      if (Atomics.load(this.#shared, FINISHED) < sweeps.number) return "later";
    }
    const outcome = Atomics.load(this.#shared, OUTCOME);
    return this.#sweepEnds(outcome === FAILED ? undefined : outcome === EMPTIED);
  }

  /** `emptyWithin` is to be asked again. */
  get isAskedAgain(): boolean {
    return this.#sweeps !== undefined;
  }

  #sweepEnds<Answer>(answer: Answer): Answer {
    this.#sweeps = undefined;
    return answer;
  }

  #isWorthAsking(): boolean {
    if (this.#hasFailed) return false;
    const isRunning = this.#thread?.hasEnded === false;
    return isRunning || this.#logBytes() >= SMALL_LOG_BYTES;
  }

  #ask(empty: boolean, isAwaited: boolean, onAnswer: (isEmptied: boolean) => void): number {
    if (this.#thread?.hasEnded !== false) this.#thread = CheckpointThread.join(this);
    const asks = { file: this.#file, driver: this.#driver, empty, shared: this.#shared };
    return this.#thread.ask(asks, {
      isAwaited,
      onAnswer: ({ isEmptied, error }, cause) => {
        if (error !== undefined) this.#fail(new Error(error, { cause }));
        onAnswer(isEmptied);
      },
    });
  }

  #logBytes(): number {
    return statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** False when `work` threw, which is then reported. */
  #carefully(work: () => unknown): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Leaves the log to the thread that writes, as it is without this. */
  #fail(cause: unknown): void {
    if (this.#hasFailed || this.#users === 0) return;
    this.#hasFailed = true;
    this.#restore();
    this.#report(
      unavailable(
        "The thread that moves the write-ahead log failed, see the cause: it is moved in this thread from now on, " +
          "which keeps the process from other work now and then. Reopen the store to have the thread back",
        cause,
      ),
    );
  }

  #restore(): void {
    try {
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${this.#pagesBefore}`);
    } catch (error) {
      // Whoever passed the handle in has closed it, and with it what was set: both drivers say so.
      if (error instanceof Error && error.message.includes("not open")) return;
      this.#report(unavailable("The database no longer moves its write-ahead log", error));
    }
  }

  #close(): void {
    links.delete(this.#database);
    const turn = (): number => Atomics.compareExchange(this.#shared, TURN, NOBODY, CLOSED);
    // It has the file open, and is done with it soon.
    if (turn() === THREAD && this.#thread?.hasEnded === false) {
      Atomics.wait(this.#shared, TURN, THREAD, LONGEST_WAIT_MS);
      turn();
    }
    if (!this.#hasFailed) this.#restore();
    this.#thread?.leave(this);
  }
}

function unavailable(message: string, cause: unknown): StoreKitError {
  return new StoreKitError("STORE_KIT_UNAVAILABLE", message, { cause });
}

let drivers: Promise<ReadonlyMap<unknown, SqliteDriver>> | undefined;

/**
 * The driver that made a handle. The thread must load the same: two copies of SQLite in one process undo each other's
 * locks (sqlite.org/howtocorrupt.html, 2.2.1).
 */
async function driverOf(database: SqliteDatabase): Promise<SqliteDriver | undefined> {
  drivers ??= constructors();
  return (await drivers).get(database.constructor);
}

async function constructors(): Promise<ReadonlyMap<unknown, SqliteDriver>> {
  const found = new Map<unknown, SqliteDriver>();
  for (const driver of await availableSqliteDrivers()) {
    const database = await openSqlite(":memory:", { driver });
    found.set(database.constructor, driver);
    database.close();
  }
  return found;
}

function pragma(database: SqliteDatabase, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
