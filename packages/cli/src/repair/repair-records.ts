import { openAuthState } from "@motte/auth-stores";
import type { SessionPlace } from "@motte/auth-stores/migration";
import type { RecordFacts } from "../doctor/facts/records.ts";
import { FAMILIES, isFamily } from "./families.ts";
import { mismatchedRecords } from "./mismatched-records.ts";
import type { Repair } from "./repair.ts";
import { repairable } from "./repairable.ts";
import { orphanedMemories } from "./sender-key-memories.ts";

/**
 * Sets aside what cannot be read and takes away what cannot be right, in families that Baileys and Signal make anew.
 * Creds and all other families stay as they are.
 */
export async function repairRecords(
  { backend, sessionId }: SessionPlace,
  { corrupt, findings }: RecordFacts,
  signal: AbortSignal,
): Promise<readonly Repair[]> {
  signal.throwIfAborted();
  await using auth = await openAuthState({ backend, sessionId });
  const { keys } = auth;
  const repairs: Repair[] = [];

  let setAside = 0;
  auth.onCorrupt(() => void setAside++);
  for (const type of FAMILIES) {
    if (!corrupt.has(type)) continue;
    // Reading a corrupt record is what sets it aside.
    for await (const _ of keys.list(type)) signal.throwIfAborted();
  }
  if (setAside > 0) repairs.push({ id: "corrupt-records", sessionId, count: setAside });

  const codes = findings.map(({ code }) => code);
  for (const { code, type, ids } of await mismatchedRecords(keys, codes)) {
    await keys.set({ [type]: nothing(ids) });
    repairs.push({ id: code, sessionId, count: ids.length });
  }

  // After the others: a sender key of ours may have been among them.
  const memories = await orphanedMemories(auth);
  if (memories.length > 0) {
    await keys.set({ "sender-key-memory": nothing(memories) });
    repairs.push({ id: "sender-key-memory", sessionId, count: memories.length });
  }
  return repairs;
}

/** What `repairRecords` would do, as far as it can be told without doing it. */
export function plannedRepairs(sessionId: string, facts: RecordFacts): readonly Repair[] {
  const unreadable = [...facts.corrupt].filter(([type]) => isFamily(type));
  const planned: Repair[] = [
    {
      id: "corrupt-records",
      sessionId,
      count: unreadable.reduce((sum, [, count]) => sum + count, 0),
    },
    ...facts.findings
      .filter(({ code }) => repairable.has(code))
      .map(({ code, count }) => ({ id: code, sessionId, count })),
    { id: "sender-key-memory", sessionId, count: facts.orphanedMemories },
  ];
  return planned.filter(({ count }) => count > 0);
}

function nothing(ids: readonly string[]): Record<string, null> {
  return Object.fromEntries(ids.map((id) => [id, null]));
}
