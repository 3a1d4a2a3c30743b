import type { BaileysEventMap } from "@whiskeysockets/baileys";

/** What one flush of Baileys' event buffer holds. */
export type Flush = Partial<BaileysEventMap>;

/** What Baileys hands over as lists, in the order in which a flush of it is told; deletions come after all of them. */
const LISTS = [
  "chats.upsert",
  "chats.update",
  "messages.upsert",
  "messages.update",
  "messages.reaction",
  "message-receipt.update",
  "contacts.upsert",
  "contacts.update",
] as const satisfies readonly (keyof BaileysEventMap)[];

const DELETIONS = ["messages.delete", "chats.delete"] as const satisfies readonly (keyof Flush)[];

/** Some milliseconds of work for all stores together. */
const SLICE = 64;

/**
 * Cuts a flush into pieces that take some milliseconds each, deletions last. A flush as it mostly is comes back whole.
 */
export function slices(flush: Flush): readonly Flush[] {
  const lists = LISTS.map((event) => ({ event, items: itemsOf(flush, event) }));
  const count = lists.reduce((sum, { items = [] }) => sum + items.length, 0);
  if (count <= SLICE) return [flush];
  const rest: Flush = { ...flush };
  for (const { event, items } of lists) if (items !== undefined) delete rest[event];
  for (const event of DELETIONS) delete rest[event];
  const pieces = lists.flatMap(({ event, items = [] }) =>
    cut(items, SLICE).map((piece) => pieceOf(flush, event, piece)),
  );
  const deletions = DELETIONS.filter((event) => event in flush).map((event): Flush => ({
    [event]: flush[event],
  }));
  return [...(Object.keys(rest).length > 0 ? [rest] : []), ...pieces, ...deletions];
}

/** The list in pieces of `size`. */
export function cut<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const pieces: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) pieces.push(items.slice(from, from + size));
  return pieces;
}

/** The elements of a list event; what is no list is left where it is, for the stores to report. */
function itemsOf(flush: Flush, event: (typeof LISTS)[number]): readonly unknown[] | undefined {
  const payload: unknown =
    event === "messages.upsert" ? flush["messages.upsert"]?.messages : flush[event];
  return Array.isArray(payload) ? payload : undefined;
}

function pieceOf(flush: Flush, event: (typeof LISTS)[number], items: readonly unknown[]): Flush {
  const piece =
    event === "messages.upsert" ? { ...flush["messages.upsert"], messages: items } : items;
  return { [event]: piece };
}
