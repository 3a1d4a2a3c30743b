import type { HistoryPart } from "./packed-history.ts";

/** What is taken in next. It counts as waiting until `done`. */
export interface Batch {
  readonly part: HistoryPart;
  readonly elements: number;
  /** @throws StoreKitError when what was on disk could not be taken off it; it will come again. */
  done(): void;
  /** Puts it back to be next again. */
  back(): void;
}

/** What is kept in memory about a part that waits, wherever it does. */
export const AROUND_A_PART = 200;

/** The first parts that together are no more than that many elements; one at least. */
export function upTo<P extends { readonly elements: number }>(
  parts: readonly P[],
  mostElements: number,
): readonly P[] {
  let count = 0;
  let end = 0;
  for (const { elements } of parts) {
    count += elements;
    if (count > mostElements && end > 0) break;
    end += 1;
  }
  return parts.slice(0, end);
}

export function countOf(parts: readonly { readonly elements: number }[]): number {
  return parts.reduce((count, { elements }) => count + elements, 0);
}

export function bytesOf(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((bytes, part) => bytes + part.bytes, 0);
}
