import { createHash } from "node:crypto";
import {
  type AuthBackend,
  AuthStoreError,
  type BackendSession,
  type OpenSessionOptions,
  type WriteOp,
  newOwner,
} from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import type { CleanupStack } from "@motte/core/cleanup";
import { systemRandom } from "@motte/core/random";

const TRIES = 10;

/**
 * A backend whose sessions are copied into memory when they are opened, each as it stood at one moment, whoever has it open.
 * Nothing is written to `backend`, which has to be one that is only read.
 */
export function inMemory(backend: AuthBackend, cleanup: CleanupStack): AuthBackend {
  return {
    kind: backend.kind,
    location: backend.location,
    capabilities: backend.capabilities,
    list: () => backend.list(),
    delete: (sessionId, options) => backend.delete(sessionId, options),
    open: async (sessionId, options) => {
      const evenIfOpen = { ...options, create: false, isKnownDead: () => true };
      const content = await steadyContent(await backend.open(sessionId, evenIfOpen), sessionId);
      const copy = cleanup.use(memoryBackend());
      await fill(copy, sessionId, options, content);
      return copy.open(sessionId, { ...options, create: false });
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

interface Content {
  readonly creds: Uint8Array | null;
  readonly meta: ReadonlyMap<string, Uint8Array>;
  readonly ops: readonly (WriteOp & { readonly op: "put" })[];
}

/**
 * What a session holds. A server is asked for it piece by piece; where two rounds find the same, all of it stood like that between
 * them, as ratchets never go back to what they were.
 */
async function steadyContent(session: BackendSession, sessionId: string): Promise<Content> {
  try {
    let before: string | undefined;
    for (let tries = 1; tries <= TRIES; tries++) {
      const content = await contentOf(session);
      const digest = digestOf(content);
      if (digest === before) return content;
      before = digest;
    }
  } finally {
    await session.release();
  }
  throw new AuthStoreError(
    "AUTH_STORE_IN_USE",
    "A bot changes the session faster than it can be read: try again at a quieter time, or stop the bot",
    { sessionId },
  );
}

async function contentOf(session: BackendSession): Promise<Content> {
  const ops: (WriteOp & { readonly op: "put" })[] = [];
  for (const type of await session.types()) {
    for await (const [id, value] of session.scan(type)) ops.push({ op: "put", type, id, value });
  }
  // The order in which a server goes through its records may change.
  ops.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  return { ops, creds: await session.readCreds(), meta: await session.readMeta() };
}

const keyOf = ({ type, id }: { readonly type: string; readonly id: string }): string =>
  JSON.stringify([type, id]);

function digestOf({ creds, meta, ops }: Content): string {
  const hash = createHash("sha256");
  const add = (name: string, value: Uint8Array | null): void => {
    hash.update(`${JSON.stringify(name)} ${value?.length ?? "none"}\n`);
    if (value !== null) hash.update(value);
  };
  add("creds", creds);
  for (const [name, value] of [...meta].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    add(name, value);
  }
  for (const op of ops) add(keyOf(op), op.value);
  return hash.digest("hex");
}

async function fill(
  copy: AuthBackend,
  sessionId: string,
  { leaseMs, isKnownDead }: OpenSessionOptions,
  { creds, meta, ops }: Content,
): Promise<void> {
  const owner = newOwner(systemRandom);
  const session = await copy.open(sessionId, { owner, leaseMs, isKnownDead, create: true });
  await session.commit({ batchId: owner, ops, meta, ...(creds !== null && { creds }) });
  await session.release();
}
