import { receiptIds } from "../routing/receipt-ids.ts";
import { HELD_BACK, type JournalEntry } from "./entry.ts";

/** What nobody has answered or confirmed yet, on connections that are open. */
export interface PendingStanzas {
  /** `<iq type="get">` and `<iq type="set">` of either side without a `result` or `error`. */
  readonly requests: readonly JournalEntry[];
  /** Messages without an ack or receipt, and notifications, receipts and calls a client has not acknowledged. */
  readonly unconfirmed: readonly JournalEntry[];
}

/** What clients have to acknowledge. */
const FOR_CLIENTS: readonly string[] = ["message", "notification", "receipt", "call"];

export function pendingAmong(
  entries: readonly JournalEntry[],
  isOpen: (connection: string) => boolean,
): PendingStanzas {
  const requests = new Map<string, JournalEntry>();
  const unconfirmed = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const { tag, direction, attrs, note } = entry;
    const { id, type } = attrs;
    if (id === undefined || !isOpen(entry.connection)) continue;
    // It was to be sent, and was not.
    if (direction === "out" && note === HELD_BACK) continue;
    const answers = direction === "in" ? "out" : "in";
    if (tag === "iq") {
      if (type === "get" || type === "set") requests.set(key(entry, direction, id), entry);
      else requests.delete(key(entry, answers, id));
      continue;
    }
    // What a client sends is acknowledged by an ack; what it gets, by an ack or, a message, by a receipt.
    if (tag === "ack") {
      unconfirmed.delete(key(entry, answers, `${attrs["class"] ?? ""} ${id}`));
    } else if (tag === "receipt" && direction === "in" && type !== "retry") {
      for (const each of receiptIds(entry.node)) {
        unconfirmed.delete(key(entry, "out", `message ${each}`));
      }
    }
    if (direction === "out" ? FOR_CLIENTS.includes(tag) : tag === "message") {
      unconfirmed.set(key(entry, direction, `${tag} ${id}`), entry);
    }
  }
  return { requests: [...requests.values()], unconfirmed: [...unconfirmed.values()] };
}

function key({ connection }: JournalEntry, direction: string, rest: string): string {
  return `${connection} ${direction} ${rest}`;
}
