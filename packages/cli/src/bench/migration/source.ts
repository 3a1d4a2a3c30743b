import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import {
  type AuthBackend,
  type BackendSession,
  type WriteOp,
  isOwnerKnownDead,
  newOwner,
} from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { type KeyProvider, sealed } from "@motte/auth-stores/encryption";
import { type ForeignSource, type SessionPlace, planMigration } from "@motte/auth-stores/migration";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { foreignSource } from "../../migrate/places.ts";
import { oneSession } from "../../stores/sessions.ts";
import { type StoreName, isForeign, withoutSecrets } from "../../stores/store-name.ts";
import { openUntouched } from "../../stores/untouched.ts";
import { unwritten } from "./unwritten.ts";

/** An account that is copied, again and again, and never written to. */
export interface Source {
  /** As people know it. */
  readonly name: string;
  readonly kind: StoreName["kind"];
  /** What `migrate` takes. */
  readonly from: SessionPlace | ForeignSource;
  /** How many records there are to copy, besides the creds. */
  readonly records: number;
  /** What a migration would leave out, or ask about. */
  readonly passedOver: number;
  /** Whether copies have to be encrypted as well. */
  readonly isEncrypted: boolean;
  /** Every record as it is stored, in whatever pages the store has. */
  everything(): AsyncIterable<readonly WriteOp[]>;
}

/** What a bench copies in spite of, as it only looks how long that takes. */
export const TAKE_ALL = {
  skipCorrupt: true,
  skipUnknown: true,
  acceptFindings: true,
  ignoreMigration: true,
} as const;

/** How long a process that has stalled keeps the session to itself. */
const LEASE_MS = 15_000;

export interface OpenSourceOptions {
  readonly keys: KeyProvider | undefined;
  /** Where the account is copied to, so that the user's own stays as it is. */
  readonly folder: string;
  readonly cleanup: CleanupStack;
  readonly signal: AbortSignal;
}

/**
 * Opens the one account that a name means and reads all of it. Throws `AUTH_STORE_IN_USE` while a bot runs on it, and a
 * `UsageError` for a name that means none, or one with nothing to copy.
 */
export async function openSource(
  name: StoreName,
  { keys, folder, cleanup, signal }: OpenSourceOptions,
): Promise<Source> {
  const shown = withoutSecrets(name.text);
  if (isForeign(name)) {
    const foreign = await foreignSource(name);
    const everything = (): AsyncIterable<readonly WriteOp[]> => foreignRecords(foreign);
    const parts = { name: shown, kind: name.kind, from: foreign, isEncrypted: false, everything };
    return counted(parts, signal);
  }
  const own = await mkdtemp(join(folder, "from-"));
  const backend = cleanup.use(await openUntouched(name, own, { inOrder: true }));
  const sessionId = await oneSession(name, backend);
  return openSessionSource({ backend, sessionId, name: shown, kind: name.kind, keys }, signal);
}

interface SessionSource {
  readonly backend: AuthBackend;
  readonly sessionId: string;
  readonly name: string;
  readonly kind: StoreName["kind"];
  readonly keys?: KeyProvider | undefined;
}

/** A session of an open store as a source. */
export async function openSessionSource(
  { backend: writable, sessionId, name, kind, keys }: SessionSource,
  signal: AbortSignal,
): Promise<Source> {
  const stored = unwritten(writable);
  const backend = keys === undefined ? stored : sealed(stored, { keys });
  const everything = (): AsyncIterable<readonly WriteOp[]> =>
    storedRecords({ backend: stored, sessionId });
  const isEncrypted = keys !== undefined;
  return counted({ name, kind, from: { backend, sessionId }, isEncrypted, everything }, signal);
}

async function counted(
  parts: Omit<Source, "records" | "passedOver">,
  signal: AbortSignal,
): Promise<Source> {
  await using nowhere = memoryBackend();
  const to = { backend: nowhere, sessionId: "nobody" };
  const { families, corrupt, unknown } = await planMigration({
    from: parts.from,
    to,
    ...TAKE_ALL,
    signal,
  });
  const records = families.reduce((sum, family) => sum + family.records, 0);
  if (records === 0) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${parts.name} holds creds and no records, so there is nothing to measure: name another, or leave --store out`,
    );
  }
  return { ...parts, records, passedOver: corrupt.length + unknown.length };
}

async function* storedRecords({
  backend,
  sessionId,
}: SessionPlace): AsyncGenerator<readonly WriteOp[]> {
  const session = await backend.open(sessionId, {
    create: false,
    owner: newOwner(systemRandom),
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
  });
  try {
    for (const type of await session.types()) {
      for await (const page of pagesOf(session, type)) {
        yield page.map(([id, value]) => ({ op: "put", type, id, value }));
      }
    }
  } finally {
    await session.release();
  }
}

/** The fastest way that a store has to give all of a family. */
async function* pagesOf(
  session: BackendSession,
  type: string,
): AsyncGenerator<readonly (readonly [id: string, value: Uint8Array])[]> {
  if (session.scanPages !== undefined) yield* session.scanPages(type);
  else for await (const record of session.scan(type)) yield [record];
}

async function* foreignRecords(source: ForeignSource): AsyncGenerator<readonly WriteOp[]> {
  for await (const entry of source.entries()) {
    if (entry.entry !== "record") continue;
    const { type, id, json } = entry;
    yield [{ op: "put", type, id, value: Buffer.from(json) }];
  }
}
