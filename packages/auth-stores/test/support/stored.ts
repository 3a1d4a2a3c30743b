import type { WriteBatch } from "@motte/auth-stores";
import { type MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";

/** Writes bytes of the test's choice into the session `"default"` of a place that nobody has open. */
export async function storeBytes(
  place: MemoryPlace,
  { ops = [], ...batch }: Partial<Omit<WriteBatch, "batchId">>,
): Promise<void> {
  const session = await memoryBackend({ place }).open("default", {
    create: true,
    owner: "test",
    leaseMs: 60_000,
    isKnownDead: () => false,
  });
  await session.commit({ batchId: "by the test", ops, ...batch });
  await session.release();
}

/** Marked JSON, as creds and most records are stored. */
export function markedJson(value: unknown): Buffer {
  return Buffer.from(`\u0004${JSON.stringify(value)}`);
}
