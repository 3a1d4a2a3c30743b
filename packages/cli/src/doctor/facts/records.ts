import { type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { type MigrationPlan, type SessionPlace, planMigration } from "@motte/auth-stores/migration";
import { orphanedMemories } from "../../repair/sender-key-memories.ts";

/** What a session holds, without any of its values. */
export interface RecordFacts {
  readonly records: number;
  /** Records that cannot be read, by family. */
  readonly corrupt: ReadonlyMap<string, number>;
  readonly findings: MigrationPlan["findings"];
  readonly isPaired: boolean;
  /** Whether the creds name an account. */
  readonly hasIdentity: boolean;
  /** The newest time that stands in the creds, on WhatsApp's clock. */
  readonly newestMs: number;
  /** Groups whose members are noted to have a sender key of ours that is not there. */
  readonly orphanedMemories: number;
}

/** Reads all of a session and changes nothing but its lease, where that binds anybody. Throws what opening throws. */
export async function recordFacts(
  { backend, sessionId }: SessionPlace,
  signal: AbortSignal,
): Promise<RecordFacts> {
  await using nowhere = memoryBackend();
  const { families, corrupt, findings } = await planMigration({
    from: { backend, sessionId },
    to: { backend: nowhere, sessionId },
    signal,
  });
  const byFamily = new Map<string, number>();
  for (const { type } of corrupt) byFamily.set(type, (byFamily.get(type) ?? 0) + 1);
  await using auth = await openAuthState({ backend, sessionId });
  const { creds } = auth.state;
  return {
    records: families.reduce((sum, family) => sum + family.records, 0),
    corrupt: byFamily,
    findings,
    // Baileys sets `account` when pairing succeeds, and `me` already when a pairing code is asked for.
    isPaired: creds.account !== undefined,
    hasIdentity: creds.me !== undefined,
    newestMs: newestTime(creds),
    // Reading a corrupt record sets it aside, so ids alone are asked for.
    orphanedMemories: (await orphanedMemories(auth)).length,
  };
}

function newestTime(creds: AuthStateHandle["state"]["creds"]): number {
  const seconds = [
    creds.lastAccountSyncTimestamp ?? 0,
    ...creds.processedHistoryMessages.map(({ messageTimestamp }) => Number(messageTimestamp ?? 0)),
  ];
  return Math.max(...seconds.filter(Number.isFinite)) * 1_000;
}
