import type { BinaryNode } from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";

const MOST_GROUPS = 10_000;

/** What the server last said the devices of each group amount to. */
export class ParticipantHashes {
  readonly #last: SyncCache<string> = lru({ max: MOST_GROUPS });

  /** The group that an answer to a send shows to have changed since the answer before. */
  changedBy({ tag, attrs }: Pick<BinaryNode, "tag" | "attrs">): string | undefined {
    const { class: of, from, phash } = attrs;
    if (tag !== "ack" || of !== "message" || phash === undefined) return undefined;
    if (from?.endsWith("@g.us") !== true) return undefined;
    const before = this.#last.get(from);
    this.#last.set(from, phash);
    return before === undefined || before === phash ? undefined : from;
  }
}
