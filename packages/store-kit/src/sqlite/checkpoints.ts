import { statSync } from "node:fs";
import type { SqliteDatabase, SqliteDriver } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import type { ErrorSink } from "../error-sink.ts";
import { CheckpointThread } from "./checkpoint-client.ts";
import {
  CLOSED,
  DONE,
  EMPTIED,
  EMPTYING_DONE,
  FAILED,
  NOBODY,
  OUTCOME,
  SHARED_BYTES,
  THREAD,
  TURN,
} from "./checkpoint-messages.ts";
import { driverOf } from "./driver-of.ts";

const MIB = 1_048_576;
/** The log is moved into the file each time it has grown by so much, as SQLite does by itself. */
const MOVE_EVERY_BYTES = 4 * MIB;
/**
 * From here on the thread also empties the log, since whoever writes all the time never lets it begin anew. What can
 * wait does so meanwhile: SQLite makes whoever writes then sleep, and giving the room back takes the disk a while.
 */
const LONG_LOG_BYTES = 32 * MIB;
/** A thread that does not keep up is not waited for: then SQLite moves the log in the thread that writes. */
const FALL_BACK_AT_BYTES = 64 * MIB;
/** A smaller log is emptied sooner than a thread is started. */
const SMALL_LOG_BYTES = MIB;
/** How long somebody who cannot await waits at a time for the thread to empty the log. */
const WAIT_MS = 4;
/** And to move it, which it often does: the process has other work meanwhile. */
const WAIT_FOR_MOVE_MS = 1;
/** How long a database that is being closed, or a sweep in all, waits for the thread. */
const LONGEST_WAIT_MS = 5000;

/** What the thread was asked for last because the log had grown. */
interface Move {
  readonly number: number;
  readonly empties: boolean;
  /** Never rejects. */
  readonly over: Promise<void>;
  waitedMs: number;
}

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
  const checkpoints = new Checkpoints(database, file, driver, report);
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
  readonly #shared = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  #thread: CheckpointThread | undefined;
  #users = 0;
  #move: Move | undefined;
  #moveAtBytes = MOVE_EVERY_BYTES;
  #isLong = false;
  /** The request whose end a sweep looks for. */
  #sweeps: { readonly number: number; waitedMs: number } | undefined;
  #hasFailed = false;

  constructor(database: SqliteDatabase, file: string, driver: SqliteDriver, report: ErrorSink) {
    this.#database = database;
    this.#file = file;
    this.#driver = driver;
    this.#pagesBefore = pragma(database, "wal_autocheckpoint");
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
    if (this.#hasFailed) return;
    this.#carefully(() => {
      const bytes = this.#logBytes();
      this.#isLong = bytes >= LONG_LOG_BYTES;
      if (this.#move !== undefined) {
        if (!this.#isDone(this.#move.number)) return;
        // One that was to empty it and did not may not be able to for long: somebody reads.
        const isDue = this.#isLong && !this.#move.empties;
        this.#move = undefined;
        this.#moveAtBytes = isDue ? bytes : bytes + MOVE_EVERY_BYTES;
      }
      // Somebody emptied it.
      this.#moveAtBytes = Math.min(this.#moveAtBytes, bytes + MOVE_EVERY_BYTES);
      if (bytes >= this.#moveAtBytes) this.#startMove();
    });
  }

  /** What to wait for before more is written that can wait; `undefined` when the log has room. Never rejects. */
  room(): Promise<void> | undefined {
    return this.#isLong && !this.#hasFailed ? this.#move?.over : undefined;
  }

  /**
   * Whether nothing is being moved, for who writes what is in no hurry and cannot await: a commit meanwhile waits for
   * the disk as the move does. False after it was waited for a moment: then it wants to be asked again.
   */
  isAtRest(): boolean {
    const move = this.#move;
    if (move === undefined || !this.isMoving || move.waitedMs >= LONGEST_WAIT_MS) return true;
    move.waitedMs += WAIT_FOR_MOVE_MS;
    this.#waitForThread(WAIT_FOR_MOVE_MS);
    return false;
  }

  /** The log has grown, and the thread is moving it. */
  get isMoving(): boolean {
    return !this.#hasFailed && this.#move !== undefined && !this.#isDone(this.#move.number);
  }

  /**
   * Empties the log, and says whether it is: somebody may read from it. `undefined` when that is for the caller to do,
   * because the log is small or the thread does not work.
   */
  async empty(): Promise<boolean | undefined> {
    if (!this.#isWorthAsking()) return undefined;
    return new Promise((resolve) => {
      const wasAsked = this.#carefully(() =>
        this.#ask(true, (isEmptied) => resolve(this.#hasFailed ? undefined : isEmptied)),
      );
      if (!wasAsked) resolve(undefined);
    });
  }

  /**
   * The same for who cannot await: `"later"` when it takes longer than that. It must be asked again then, until the
   * answer is another.
   */
  emptySoon(): boolean | "later" | undefined {
    if (this.#sweeps === undefined) {
      if (!this.#isWorthAsking()) return undefined;
      const wasAsked = this.#carefully(() => {
        this.#sweeps = { number: this.#ask(true, () => {}), waitedMs: 0 };
      });
      if (!wasAsked) return undefined;
    }
    const sweeps = this.#sweeps;
    if (sweeps === undefined || this.#hasFailed) return this.#sweepEnds(undefined);
    const isDone = (): boolean => Atomics.load(this.#shared, EMPTYING_DONE) >= sweeps.number;
    if (!isDone()) {
      if (sweeps.waitedMs >= LONGEST_WAIT_MS) return this.#sweepEnds(undefined);
      sweeps.waitedMs += WAIT_MS;
      this.#waitForThread(WAIT_MS);
      if (!isDone()) return "later";
    }
    const outcome = Atomics.load(this.#shared, OUTCOME);
    return this.#sweepEnds(outcome === FAILED ? undefined : outcome === EMPTIED);
  }

  /** `emptySoon` is to be asked again. */
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

  #startMove(): void {
    let number = 0;
    const empties = this.#isLong;
    const over = new Promise<void>((resolve) => {
      number = this.#ask(empties, () => resolve());
    });
    this.#move = { number, empties, over, waitedMs: 0 };
  }

  #isDone(number: number): boolean {
    return Atomics.load(this.#shared, DONE) >= number || this.#thread?.hasEnded !== false;
  }

  /** Until it is done with something, of this database. */
  #waitForThread(ms: number): void {
    Atomics.wait(this.#shared, DONE, Atomics.load(this.#shared, DONE), ms);
  }

  #ask(empty: boolean, onAnswer: (isEmptied: boolean) => void): number {
    if (this.#thread?.hasEnded !== false) this.#thread = CheckpointThread.join(this);
    const asks = { file: this.#file, driver: this.#driver, empty, shared: this.#shared };
    return this.#thread.ask(asks, ({ isEmptied, error }, cause) => {
      if (error !== undefined) this.#fail(new Error(error, { cause }));
      onAnswer(isEmptied);
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

function pragma(database: SqliteDatabase, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
