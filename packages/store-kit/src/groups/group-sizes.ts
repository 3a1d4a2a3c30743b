import type { GroupMetadata } from "@whiskeysockets/baileys";

// A rough count: V8 keeps the letters of a JID in one byte each, behind a header, and an object's fields in eight.
const BYTES_PER_GROUP = 1000;
const BYTES_PER_MEMBER = 150;

/** About how much room a group takes in this process. */
export function bytesOfGroup({ participants, subject, desc }: GroupMetadata): number {
  let bytes = BYTES_PER_GROUP + 2 * ((subject?.length ?? 0) + (desc?.length ?? 0));
  for (const { id, lid, phoneNumber } of participants) {
    bytes += BYTES_PER_MEMBER + id.length + (lid?.length ?? 0) + (phoneNumber?.length ?? 0);
  }
  return bytes;
}

/** How large the groups are that are kept, and which of them have to go. */
export class GroupSizes {
  readonly #maxGroups: number;
  readonly #maxBytes: number;
  /** By when they were kept last, the longest ago first. */
  readonly #bytes = new Map<string, number>();
  #total = 0;

  constructor(maxGroups: number, maxBytes: number) {
    this.#maxGroups = maxGroups;
    this.#maxBytes = maxBytes;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts a group as kept just now; answers those that must go for it, itself where it is too large. */
  keep(jid: string, bytes: number): readonly string[] {
    this.drop(jid);
    this.#bytes.set(jid, bytes);
    this.#total += bytes;
    const gone: string[] = [];
    // One group may not push out all others: the cache before the rows draws the same line.
    if (bytes > this.#maxBytes / 8) gone.push(this.#taken(jid));
    for (const oldest of this.#bytes.keys()) {
      if (this.#bytes.size <= this.#maxGroups && this.#total <= this.#maxBytes) break;
      gone.push(this.#taken(oldest));
    }
    return gone;
  }

  drop(jid: string): void {
    this.#total -= this.#bytes.get(jid) ?? 0;
    this.#bytes.delete(jid);
  }

  #taken(jid: string): string {
    this.drop(jid);
    return jid;
  }
}
