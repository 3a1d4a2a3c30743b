import type { RedisArgument } from "@motte/core/redis";
import type { Fence, WriteBatch, WriteOp } from "../../backend.ts";
import type { SessionKeys } from "./keys.ts";

export interface EncodedBatch {
  readonly keys: readonly string[];
  readonly args: readonly RedisArgument[];
}

export interface BatchTarget {
  readonly keys: SessionKeys;
  readonly fence: Fence;
  readonly leaseMs: number;
  readonly credsGenerations: number;
}

/** One kind of operation on one family, with all its arguments. */
interface Run {
  readonly kind: WriteOp["op"];
  readonly args: RedisArgument[];
}

/** A batch as the commit script takes it. */
export function encodeBatch(batch: WriteBatch, target: BatchTarget): EncodedBatch {
  const { keys, fence, leaseMs, credsGenerations } = target;
  const args: RedisArgument[] = [
    String(fence.epoch),
    fence.owner,
    String(leaseMs),
    batch.batchId,
    String(credsGenerations),
    keys.recordsPrefix,
    batch.clear === undefined ? "0" : "1",
    ...(batch.creds === undefined ? ["0", ""] : ["1", asBuffer(batch.creds)]),
    String(batch.meta?.size ?? 0),
  ];
  for (const [name, value] of batch.meta ?? []) {
    args.push(name, value === null ? "0" : "1", value === null ? "" : asBuffer(value));
  }
  const families = runsByFamily(batch.ops);
  for (const [family, runs] of families) {
    args.push(family, String(runs.length));
    for (const run of runs) {
      args.push(run.kind, String(run.args.length));
      for (const arg of run.args) args.push(arg);
    }
  }
  return {
    keys: [
      keys.meta,
      keys.lease,
      keys.creds,
      keys.credsHistory,
      keys.quarantine,
      keys.families,
      ...[...families.keys()].map((family) => keys.recordsPrefix + family),
    ],
    args,
  };
}

// Operations on different families do not touch each other; within one, neighbours of a kind share a command.
function runsByFamily(ops: readonly WriteOp[]): Map<string, Run[]> {
  const families = new Map<string, Run[]>();
  for (const op of ops) {
    const runs = families.get(op.type) ?? [];
    families.set(op.type, runs);
    const last = runs.at(-1);
    const args = argumentsOf(op);
    if (last?.kind === op.op && op.op !== "quarantine") last.args.push(...args);
    else runs.push({ kind: op.op, args });
  }
  return families;
}

function argumentsOf(op: WriteOp): RedisArgument[] {
  switch (op.op) {
    case "put":
      return [op.id, asBuffer(op.value)];
    case "del":
      return [op.id];
    case "quarantine":
      return [op.id, asBuffer(op.value), op.reason];
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
