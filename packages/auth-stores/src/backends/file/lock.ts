import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { isObject } from "../../codec/bytes.ts";
import { AuthStoreError } from "../../errors.ts";
import { assertFree, fencedOff } from "../../lease-conflict.ts";
import type { FileIo } from "./io.ts";
import { LOCK, TEMPORARY } from "./layout.ts";

interface LockState {
  readonly epoch: number;
  readonly owner: string | null;
  readonly untilMs: number;
}

export interface FileLockOptions {
  readonly io: FileIo;
  /** The session's folder. */
  readonly folder: string;
  readonly sessionId: string;
  readonly clock: Clock;
}

export interface AcquireLockOptions {
  readonly owner: string;
  readonly leaseMs: number;
  readonly isKnownDead: (owner: string) => boolean;
}

const OWNER = "owner.json";
let attempts = 0;

/**
 * Who owns a session's folder: one folder per acquisition, named by its epoch, of which the highest counts.
 *
 * A folder with its content is made elsewhere and renamed, which only one of several openers can do. Nothing ever
 * has to be locked to change the lock, so there is nothing that a crash could leave locked.
 */
export class FileLock {
  readonly #options: FileLockOptions;
  readonly #acquired: AcquireLockOptions;
  readonly epoch: number;

  private constructor(options: FileLockOptions, acquired: AcquireLockOptions, epoch: number) {
    this.#options = options;
    this.#acquired = acquired;
    this.epoch = epoch;
  }

  /** Throws `AUTH_STORE_IN_USE` while somebody who may be alive holds an unexpired lease. */
  static acquire(options: FileLockOptions, acquired: AcquireLockOptions): FileLock {
    const { io, folder, sessionId, clock } = options;
    for (;;) {
      const current = readLock(io, folder);
      if (current !== null) assertFree(sessionId, current, clock.now(), acquired.isKnownDead);
      const lock = new FileLock(options, acquired, (current?.epoch ?? anyEpoch()) + 1);
      if (!lock.#claim(current?.epoch ?? 0)) continue;
      lock.#removeFormer();
      return lock;
    }
  }

  /** Throws `AUTH_STORE_FENCED` when somebody else has acquired or removed the session since. */
  ensureHeld(): void {
    const { io, folder, sessionId } = this.#options;
    if (this.#isLatest() || highestEpoch(io, folder) === this.epoch) return;
    if (io.list(folder) === null && io.list(join(folder, "..")) === null) throw folderGone();
    throw fencedOff(sessionId);
  }

  /** Throws unless the folder is still the session's: an unmounted one would read as empty. */
  ensureThere(): void {
    const { io, folder } = this.#options;
    if (io.modifiedAtMs(join(folder, LOCK)) === null) throw folderGone();
  }

  renew(): "renewed" | "lost" {
    const { io, folder } = this.#options;
    if (highestEpoch(io, folder) !== this.epoch) return "lost";
    this.#record(this.#acquired.owner);
    return highestEpoch(io, folder) === this.epoch ? "renewed" : "lost";
  }

  /** Keeps the epoch, so that the next owner's is higher. */
  release(): void {
    const { io, folder } = this.#options;
    if (highestEpoch(io, folder) === this.epoch) this.#record(null);
  }

  // Asked around every write, and two names take a third of the time that a list takes. Whoever acquires the session
  // next makes the next epoch's folder and removes the former ones, the oldest first: while ours is there and the next
  // one is not, there has been nobody.
  #isLatest(): boolean {
    const { io, folder } = this.#options;
    const next = join(folder, LOCK, String(this.epoch + 1));
    return !io.isThere(next) && io.isThere(join(folder, LOCK, String(this.epoch)));
  }

  #claim(after: number): boolean {
    const { io, folder } = this.#options;
    const made = join(folder, TEMPORARY, this.#temporaryName());
    try {
      io.createFolder(made);
      io.write(join(made, OWNER), this.#stateNow(this.#acquired.owner));
      if (io.claim(made, join(folder, LOCK, String(this.epoch)))) return true;
    } catch (error) {
      // Whoever was faster has tidied up, and our folder with it.
      if (hasCode(error, "ENOENT") && highestEpoch(io, folder) !== after) return false;
      throw error;
    }
    io.removeTree(made);
    return false;
  }

  #record(owner: string | null): void {
    const { io, folder } = this.#options;
    const temporary = join(folder, TEMPORARY, this.#temporaryName());
    io.write(temporary, this.#stateNow(owner));
    io.rename(temporary, join(folder, LOCK, String(this.epoch), OWNER));
  }

  #stateNow(owner: string | null): Buffer {
    const untilMs = owner === null ? 0 : this.#options.clock.now() + this.#acquired.leaseMs;
    return Buffer.from(JSON.stringify({ owner, untilMs }));
  }

  // Owners are told apart by their text alone, which may hold anything.
  #temporaryName(): string {
    const owner = createHash("sha256").update(this.#acquired.owner).digest("hex").slice(0, 16);
    return `lock-${owner}-${process.pid}-${++attempts}`;
  }

  #removeFormer(): void {
    const { io, folder } = this.#options;
    const names = (io.list(join(folder, LOCK)) ?? []).map(({ name }) => name);
    const former = names.filter((name) => Number(name) < this.epoch);
    for (const name of former.toSorted((a, b) => Number(a) - Number(b))) {
      io.removeTree(join(folder, LOCK, name));
    }
  }
}

/** The latest acquisition; `null` when there has been none. */
export function readLock(io: FileIo, folder: string): LockState | null {
  for (;;) {
    const epoch = highestEpoch(io, folder);
    if (epoch === 0) return null;
    const text = io.read(join(folder, LOCK, String(epoch), OWNER));
    if (text !== null) return { epoch, ...parseLock(text) };
    // Whoever acquired it since has removed this one.
    if (highestEpoch(io, folder) !== epoch) continue;
    return { epoch, owner: null, untilMs: 0 };
  }
}

// A session that is deleted and made again must not give the epoch of a former owner to the next one.
function anyEpoch(): number {
  return systemRandom.bytes(4).readUInt32LE() >>> 1;
}

function highestEpoch(io: FileIo, folder: string): number {
  const epochs = (io.list(join(folder, LOCK)) ?? []).map(({ name }) => Number(name));
  return Math.max(0, ...epochs.filter(Number.isSafeInteger));
}

// Content that a power cut has torn belongs to nobody who is still alive.
function parseLock(text: Buffer): Omit<LockState, "epoch"> {
  const nobody = { owner: null, untilMs: 0 };
  let state: unknown;
  try {
    state = JSON.parse(text.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return nobody;
    throw error;
  }
  if (!isObject(state)) return nobody;
  const { owner, untilMs } = state;
  return typeof owner === "string" && typeof untilMs === "number" ? { owner, untilMs } : nobody;
}

function folderGone(): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_UNAVAILABLE",
    "The session's folder is gone: mount it again, or open the session anew if it was removed on purpose",
  );
}
