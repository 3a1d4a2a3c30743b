/** What decides which part of the past is the first to go. */
export interface Sheddable {
  readonly chat: string;
  readonly newestAt: number;
  readonly bytes: number;
}

/**
 * Which parts to drop so that the rest takes no more than `mostBytes`: those with the most newer bytes of their own
 * chat, so that every chat keeps its newest for as long as that goes.
 */
export function toShed<Part extends Sheddable>(
  parts: readonly Part[],
  mostBytes: number,
): ReadonlySet<Part> {
  let bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const newer = new Map<string, number>();
  const depths = parts
    .toSorted((a, b) => b.newestAt - a.newestAt)
    .map((part) => {
      const depth = newer.get(part.chat) ?? 0;
      newer.set(part.chat, depth + part.bytes);
      return { part, depth };
    });
  const dropped = new Set<Part>();
  const deepestFirst = depths.toSorted(
    (a, b) => b.depth - a.depth || a.part.newestAt - b.part.newestAt,
  );
  for (const { part } of deepestFirst) {
    if (bytes <= mostBytes) break;
    bytes -= part.bytes;
    dropped.add(part);
  }
  return dropped;
}
