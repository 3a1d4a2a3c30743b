import type {
  CredsGeneration,
  Fence,
  ScannedPage,
  SessionSummary,
  WriteBatch,
  WriteOp,
} from "../../backend.ts";
import type { ErrorMessage } from "./thread-errors.ts";

/** What the thread needs to open the database. */
export interface ThreadData {
  readonly file: string;
  readonly driver: "node:sqlite" | "better-sqlite3" | undefined;
  readonly durability: "commit" | "process";
  readonly pageCacheBytes: number;
}

/** Every call that goes to the thread, and what it answers. */
export interface ThreadCalls {
  open: {
    readonly asks: Acquisition & { readonly create: boolean; readonly leaseMs: number };
    /** `asked`: somebody owns the session, and only the caller can say whether they are dead. */
    readonly answers:
      | { readonly session: number; readonly fence: Fence }
      | { readonly asked: string; readonly error: ErrorMessage };
  };
  delete: {
    readonly asks: Omit<Acquisition, "owner">;
    readonly answers: undefined | { readonly asked: string; readonly error: ErrorMessage };
  };
  integrityCheck: { readonly asks: object; readonly answers: readonly string[] };
  close: { readonly asks: object; readonly answers: undefined };

  readCreds: { readonly asks: InSession; readonly answers: Uint8Array | null };
  readCredsHistory: { readonly asks: InSession; readonly answers: readonly CredsGeneration[] };
  readMeta: { readonly asks: InSession; readonly answers: ReadonlyMap<string, Uint8Array> };
  read: {
    readonly asks: InSession & { readonly type: string; readonly ids: readonly string[] };
    readonly answers: PackedBytes;
  };
  commit: {
    readonly asks: InSession & { readonly batch: PackedBatch };
    readonly answers: undefined;
  };
  types: { readonly asks: InSession; readonly answers: readonly string[] };
  renew: { readonly asks: InSession; readonly answers: "renewed" | "lost" };
  release: { readonly asks: InSession; readonly answers: undefined };

  /** The next items of a list; the first call with a new number starts it. */
  list: { readonly asks: InStream; readonly answers: Page<SessionSummary> };
  ids: {
    readonly asks: InStream & InSession & { readonly type: string };
    readonly answers: Page<string>;
  };
  scan: {
    readonly asks: InStream & InSession & { readonly type: string };
    /** `undefined` after the last page. */
    readonly answers: PackedPage | undefined;
  };
  endStream: { readonly asks: InStream; readonly answers: undefined };
}

export type ThreadMethod = keyof ThreadCalls;

export interface Page<T> {
  readonly items: readonly T[];
  readonly done: boolean;
}

interface Acquisition {
  readonly sessionId: string;
  readonly owner: string;
  /** The recorded owner of whom the caller has said that they are dead. */
  readonly deadOwner: string | undefined;
}

interface InSession {
  readonly session: number;
}

interface InStream {
  readonly stream: number;
}

export interface ThreadRequest<Method extends ThreadMethod = ThreadMethod> {
  readonly number: number;
  /** The caller's clock: a thread has no other. */
  readonly nowMs: number;
  readonly method: Method;
  readonly asks: ThreadCalls[Method]["asks"];
}

export type ThreadReport =
  | { readonly type: "ready"; readonly location: string; readonly credsGenerations: number }
  | { readonly type: "failed"; readonly error: ErrorMessage }
  | { readonly type: "warning"; readonly detail: unknown; readonly message: string | undefined }
  | { readonly type: "answer"; readonly number: number; readonly answers: unknown }
  | { readonly type: "refusal"; readonly number: number; readonly error: ErrorMessage };

/**
 * Several byte arrays in one, which moves between threads without being copied. Cloning them one by one would copy,
 * for every small Buffer, the whole pool it is a piece of.
 */
export interface PackedBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of each array, in order; -1 for `null`. */
  readonly lengths: readonly number[];
}

/** Records with their values packed in the order of their ids. */
export interface PackedPage {
  readonly ids: readonly string[];
  readonly values: PackedBytes;
}

/** A batch whose values are packed in the order of its operations, with the creds last. */
export interface PackedBatch extends Omit<WriteBatch, "ops" | "creds"> {
  readonly ops: readonly PackedOps[];
  readonly values: PackedBytes;
}

/** Operations of one kind on one family that follow each other: an object for each would take longer to clone. */
type PackedOps =
  | { readonly op: "put" | "del"; readonly type: string; readonly ids: string[] }
  | {
      readonly op: "quarantine";
      readonly type: string;
      readonly id: string;
      readonly reason: string;
    };

export function packBytes(arrays: readonly (Uint8Array | null)[]): PackedBytes {
  const lengths = arrays.map((array) => array?.length ?? -1);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + Math.max(length, 0), 0));
  let offset = 0;
  for (const array of arrays) {
    if (array === null) continue;
    bytes.set(array, offset);
    offset += array.length;
  }
  return { bytes, lengths };
}

/** Each array with memory of its own, so that keeping one does not keep the others. */
export function unpackBytes(packed: PackedBytes): (Uint8Array | null)[] {
  return piecesOf(packed).map((piece) => piece?.slice() ?? null);
}

export function packPage(records: ScannedPage): PackedPage {
  return {
    ids: records.map(([id]) => id),
    values: packBytes(records.map(([, value]) => value)),
  };
}

/** Records whose values share their memory. */
export function unpackPage({ ids, values }: PackedPage): ScannedPage {
  const pieces = piecesOf(values);
  return ids.map((id, index) => [id, pieces[index] ?? new Uint8Array()]);
}

export function packBatch({ ops, creds, ...rest }: WriteBatch): PackedBatch {
  const values = ops.map((op) => (op.op === "del" ? null : op.value));
  return { ...rest, ops: packOps(ops), values: packBytes([...values, creds ?? null]) };
}

/** A batch whose values share their memory. */
export function unpackBatch({ ops, values, ...rest }: PackedBatch): WriteBatch {
  const pieces = piecesOf(values);
  const creds = pieces.at(-1) ?? null;
  let next = 0;
  const value = (): Uint8Array => pieces[next++] ?? new Uint8Array();
  const unpacked = ops.flatMap((packed): WriteOp | WriteOp[] => {
    if (packed.op === "quarantine") return { ...packed, value: value() };
    const { op, type, ids } = packed;
    if (op === "put") return ids.map((id) => ({ op, type, id, value: value() }));
    next += ids.length;
    return ids.map((id) => ({ op, type, id }));
  });
  return { ...rest, ops: unpacked, ...(creds !== null && { creds }) };
}

/** Parts of the packed memory. */
function piecesOf({ bytes, lengths }: PackedBytes): (Uint8Array | null)[] {
  let offset = 0;
  return lengths.map((length) => {
    if (length === -1) return null;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}

function packOps(ops: readonly WriteOp[]): readonly PackedOps[] {
  const packed: PackedOps[] = [];
  for (const op of ops) {
    const last = packed.at(-1);
    if (op.op === "quarantine") {
      packed.push({ op: op.op, type: op.type, id: op.id, reason: op.reason });
    } else if (last !== undefined && last.op === op.op && last.type === op.type) {
      last.ids.push(op.id);
    } else {
      packed.push({ op: op.op, type: op.type, ids: [op.id] });
    }
  }
  return packed;
}
