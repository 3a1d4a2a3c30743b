import { constants, existsSync } from "node:fs";
import { access, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  type AuthBackend,
  type BackendSession,
  type WriteOp,
  isOwnerKnownDead,
  newOwner,
} from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Random, systemRandom } from "@motte/core/random";
import { backUpName } from "./back-up-name.ts";
import type { StoreName } from "./store-name.ts";

/** Where to put a backup. */
export interface BackUpPlace {
  /** What the command was told; without it, beside a store on disk, and in the working folder for any other. */
  readonly folder: string | undefined;
  readonly store: StoreName;
}

export interface BackUpOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
}

const BATCH = 500;
// Renewed with every batch.
const LEASE_MS = 60_000;

/**
 * Copies a session, as it is stored, into a SQLite database of its own (mode 0600), and returns its path.
 *
 * The copy is a store like any other: `motte verify` looks into it and `motte migrate` brings it back. What is encrypted
 * stays so under the same key. `backend` must be the plain one. Throws `AUTH_STORE_IN_USE`, and leaves no file behind
 * when it fails.
 */
export async function backUp(
  backend: AuthBackend,
  sessionId: string,
  place: BackUpPlace,
  { signal, clock = systemClock, random = systemRandom }: BackUpOptions,
): Promise<string> {
  const from = await backend.open(sessionId, {
    owner: newOwner(random),
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
    create: false,
  });
  try {
    return await backUpOpened(from, sessionId, place, { signal, clock, random });
  } finally {
    await from.release();
  }
}

/** `backUp` of a session that the caller has open, and keeps open. */
export async function backUpOpened(
  from: BackendSession,
  sessionId: string,
  place: BackUpPlace,
  { signal, clock = systemClock, random = systemRandom }: BackUpOptions,
): Promise<string> {
  const file = await newFile(place, sessionId, clock);
  try {
    await using copies = await sqliteBackend(file);
    const to = await copies.open(sessionId, {
      owner: newOwner(random),
      leaseMs: LEASE_MS,
      isKnownDead: isOwnerKnownDead,
      create: true,
    });
    await copy(from, to, { signal, newBatchId: () => random.bytes(16).toString("hex") });
    await to.release();
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm"]) await rm(file + suffix, { force: true });
    throw error;
  }
  return file;
}

async function copy(
  from: BackendSession,
  to: BackendSession,
  { signal, newBatchId }: { readonly signal: AbortSignal; readonly newBatchId: () => string },
): Promise<void> {
  let ops: WriteOp[] = [];
  const flush = async (): Promise<void> => {
    signal.throwIfAborted();
    await from.renew();
    await to.renew();
    await to.commit({ batchId: newBatchId(), ops });
    ops = [];
  };
  for (const type of await from.types()) {
    for await (const [id, value] of from.scan(type)) {
      ops.push({ op: "put", type, id, value });
      if (ops.length === BATCH) await flush();
    }
  }
  await flush();
  // Last, so that a copy with creds is a whole one.
  const creds = await from.readCreds();
  const meta = await from.readMeta();
  await to.commit({ batchId: newBatchId(), ops: [], meta, ...(creds !== null && { creds }) });
}

/** A name that is not taken, in a folder that can be written to. Throws a `UsageError`. */
async function newFile(
  { folder, store }: BackUpPlace,
  sessionId: string,
  clock: Clock,
): Promise<string> {
  const isOnDisk = ["file", "files", "sqlite"].includes(store.kind);
  const parent = folder ?? (isOnDisk ? dirname(resolve(store.place)) : ".");
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `There is no place for the backup: ${resolve(parent)} is no folder that this user may write to; name one with --backup`,
      { cause },
    );
  }
  const nowMs = clock.now();
  for (let number = 1; ; number++) {
    const file = resolve(parent, backUpName(sessionId, nowMs, number));
    if (!existsSync(file)) return file;
  }
}
