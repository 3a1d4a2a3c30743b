import type {
  AuthBackend,
  BackendSession,
  OpenSessionOptions,
  WriteBatch,
  WriteOp,
} from "../backend.ts";

/** Opens the session `"a"` as somebody whose death is not known. */
export function openSession(
  backend: AuthBackend,
  options: Partial<OpenSessionOptions & { sessionId: string }> = {},
): Promise<BackendSession> {
  const { sessionId = "a", ...rest } = options;
  return backend.open(sessionId, {
    create: true,
    owner: "first",
    // Long enough that no test outlives it by accident where a server keeps the time.
    leaseMs: 60_000,
    isKnownDead: () => false,
    ...rest,
  });
}

let batches = 0;

/** A batch with an id of its own. */
export function batchOf(
  ops: readonly WriteOp[],
  rest: Partial<Omit<WriteBatch, "ops">> = {},
): WriteBatch {
  return { batchId: `batch ${++batches}`, ops, ...rest };
}

export function put(type: string, id: string, text: string): WriteOp {
  return { op: "put", type, id, value: Buffer.from(text) };
}

export function del(type: string, id: string): WriteOp {
  return { op: "del", type, id };
}

/** Reads records as text. */
export async function readText(
  session: BackendSession,
  type: string,
  ids: readonly string[],
): Promise<readonly (string | null)[]> {
  return (await session.read(type, ids)).map(textOf);
}

export function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

export async function listOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}
