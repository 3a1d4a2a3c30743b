import type { WriteOp } from "./backend.ts";
import { recordKey } from "./record-key.ts";
import type { Change } from "./write-queue.ts";

export interface MergedChange {
  readonly ops: readonly WriteOp[];
  readonly clear: "keys" | undefined;
  readonly creds: boolean;
}

/** One change that does what `changes` do one after the other. */
export function mergeChanges(changes: readonly Change[]): MergedChange {
  const [only] = changes;
  if (changes.length === 1 && only !== undefined) {
    return { ops: only.ops, clear: only.clear, creds: only.creds === true };
  }
  const quarantines = new Map<string, WriteOp>();
  const writes = new Map<string, WriteOp>();
  let clear: "keys" | undefined;
  for (const change of changes) {
    if (change.clear !== undefined) {
      clear = change.clear;
      quarantines.clear();
      writes.clear();
    }
    for (const op of change.ops) {
      const key = recordKey(op.type, op.id);
      if (op.op === "quarantine") quarantines.set(key, op);
      else writes.set(key, op);
    }
  }
  return {
    // Quarantines concern bytes that are durable already, so they come before the writes that replace them.
    ops: [...quarantines.values(), ...writes.values()],
    clear,
    creds: changes.some((change) => change.creds === true),
  };
}
