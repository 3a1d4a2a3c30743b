import type { BackendSession, WriteOp } from "../backend.ts";
import { type KeyRing, RING_META, encodeRing } from "./key-ring.ts";
import { RecordSeal } from "./record-seal.ts";
import { newBatchId } from "./sealed-session.ts";

/** Encrypts everything a plain session holds, in one commit, and gives back the ring it is now under. */
export async function adopt(
  inner: BackendSession,
  sessionId: string,
  fresh: KeyRing,
): Promise<KeyRing> {
  const seal = new RecordSeal(sessionId);
  const ops: WriteOp[] = [];
  for (const type of await inner.types()) {
    for await (const [id, value] of inner.scan(type)) {
      const storedId = seal.storedId(fresh, type, id);
      const sealed = seal.sealRecord(fresh, type, storedId, { id, value });
      ops.push({ op: "put", type, id: storedId, value: sealed });
    }
  }
  const creds = await inner.readCreds();
  const ring = { ...fresh, writes: ops.length + 1, plainHistory: creds !== null };
  await inner.commit({
    batchId: newBatchId(),
    // Hidden ids are other ids, so the plain records go first.
    clear: "keys",
    ops,
    ...(creds !== null && { creds: seal.sealCreds(ring, creds) }),
    meta: new Map([[RING_META, encodeRing(sessionId, ring)]]),
  });
  return ring;
}
