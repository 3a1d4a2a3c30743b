import { type WriteOp, isOwnerKnownDead, newOwner } from "@motte/auth-stores";
import { type SessionPlace, migrate } from "@motte/auth-stores/migration";
import { systemRandom } from "@motte/core/random";
import type { Side } from "../side.ts";
import { type Source, TAKE_ALL } from "./source.ts";
import type { EmptyPlace } from "./target.ts";

/** What every figure is relative to. */
export const BASE = "plain reads and writes";

/** A way to copy an account. */
export interface CopySide extends Side {
  copy(source: Source, to: EmptyPlace, signal: AbortSignal): Promise<void>;
}

/** As many as `migrate` writes at once. */
const BATCH = 500;
const LEASE_MS = 15_000;

/** What `motte migrate` does: every record read through and checked, copied, read back and compared. */
export async function migrated(source: Source, to: EmptyPlace, signal: AbortSignal): Promise<void> {
  const place = source.isEncrypted ? to.encrypting : to.plain;
  await migrate({ from: source.from, to: place, ...TAKE_ALL, signal });
}

/** The same records as they are, in batches of the same size, and nothing else. */
export async function copied(source: Source, to: EmptyPlace, signal: AbortSignal): Promise<void> {
  const session = await openedFor(to.plain);
  try {
    let [batch, written] = [0, 0];
    for await (const ops of inBatches(source.everything())) {
      signal.throwIfAborted();
      await session.commit({ batchId: `${batch++}`, ops });
      written += ops.length;
    }
    // A damaged record is left out by the one and copied by the other.
    if (written < source.records) throw new Error(`${source.name} has changed meanwhile`);
  } finally {
    await session.release();
  }
}

function openedFor({ backend, sessionId }: SessionPlace) {
  return backend.open(sessionId, {
    create: true,
    owner: newOwner(systemRandom),
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
  });
}

async function* inBatches(
  pages: AsyncIterable<readonly WriteOp[]>,
): AsyncGenerator<readonly WriteOp[]> {
  let ops: WriteOp[] = [];
  for await (const page of pages) {
    for (const op of page) {
      ops.push(op);
      if (ops.length < BATCH) continue;
      yield ops;
      ops = [];
    }
  }
  if (ops.length > 0) yield ops;
}
