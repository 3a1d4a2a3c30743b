import type { HistorySpool, SpooledPart } from "./history-spool.ts";
import {
  EMPTY_PART,
  type HistoryPart,
  type PackedPart,
  elementsOf,
  packDeletion,
  packsOf,
  readable,
  withoutChats,
} from "./packed-history.ts";
import type { MessageWire } from "./packed-messages.ts";
import { AROUND_A_PART, type Batch, bytesOf, countOf, upTo } from "./parts.ts";
import { toShed } from "./shed.ts";

export interface SpooledHistoryOptions {
  readonly spool: HistorySpool;
  readonly report: (error: unknown) => void;
  readonly isSameChat: (a: string, b: string) => boolean;
  /** What messages are packed with now. */
  readonly wire: () => MessageWire | undefined;
}

interface Deletion {
  readonly seq: number;
  readonly jids: readonly string[];
}

/** The past that waits on disk, with what was left there by a process before this one. */
export class SpooledHistory {
  readonly #options: SpooledHistoryOptions;
  readonly #people: SpooledPart[] = [];
  #messages: SpooledPart[] = [];
  readonly #deletions: Deletion[] = [];

  /** Bytes on disk. */
  bytes = 0;
  elements = 0;

  constructor(options: SpooledHistoryOptions) {
    this.#options = options;
    for (const part of options.spool.left) {
      if (part.kind === "deletion") this.#deletions.push(this.#deletionOf(part));
      else this.#add(part);
    }
  }

  /** What is kept in memory about what is on disk. */
  get memoryBytes(): number {
    return AROUND_A_PART * (this.#people.length + this.#messages.length);
  }

  /** @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  append(packs: readonly PackedPart[]): void {
    for (const part of this.#options.spool.append(packs)) this.#add(part);
  }

  /** @throws StoreKitError `STORE_KIT_UNAVAILABLE`. */
  forgetChats(jids: readonly string[]): void {
    if (this.#people.length === 0) return;
    for (const { seq } of this.#options.spool.append([packDeletion(jids)])) {
      this.#deletions.push({ seq, jids });
    }
  }

  nextPeople(): Batch | undefined {
    const [first] = this.#people;
    if (first === undefined) {
      // Nobody is left whom they are about.
      const seqs = this.#deletions.map(({ seq }) => seq);
      if (seqs.length > 0) this.#options.spool.remove(seqs);
      this.#deletions.length = 0;
      return undefined;
    }
    const jids = this.#deletions.flatMap((one) => (one.seq > first.seq ? one.jids : []));
    const { isSameChat } = this.#options;
    const part = withoutChats(this.#read(first), (jid) => jids.some((one) => isSameChat(one, jid)));
    return this.#batch(part, this.#people, [first]);
  }

  nextMessages(mostElements: number): Batch | undefined {
    const some = upTo(this.#messages, mostElements);
    if (some.length === 0) return undefined;
    const messages = some.flatMap((one) => this.#read(one).messages);
    return this.#batch({ ...EMPTY_PART, messages }, this.#messages, some);
  }

  /** Drops the oldest of each chat until the rest takes no more than that; says how many messages that were. */
  shed(mostBytes: number): number {
    const dropped = toShed(this.#messages, mostBytes);
    if (dropped.size === 0) return 0;
    this.#options.spool.remove([...dropped].map(({ seq }) => seq));
    this.#messages = this.#messages.filter((part) => !dropped.has(part));
    this.#release([...dropped]);
    return countOf([...dropped]);
  }

  /** Rewrites what waits, one part at a time; yields how many elements of each are gone. */
  *rewritten(keep: (part: HistoryPart) => HistoryPart): Generator<number> {
    for (const list of [this.#people, this.#messages]) {
      // What is left of a part is put behind all others.
      const parts = list.slice();
      for (const one of parts) {
        const before = this.#read(one);
        const after = keep(before);
        if (after !== before) {
          const packs = packsOf(after, { forDisk: true, wire: this.#options.wire() });
          this.append(packs);
          this.#options.spool.remove([one.seq]);
          list.splice(list.indexOf(one), 1);
          this.#release([one]);
        }
        yield elementsOf(before) - elementsOf(after);
      }
    }
  }

  #add(part: SpooledPart): void {
    if (part.kind === "people") this.#people.push(part);
    else this.#messages.push(part);
    this.bytes += part.bytes;
    this.elements += part.elements;
  }

  #release(parts: readonly SpooledPart[]): void {
    this.bytes -= bytesOf(parts);
    this.elements -= countOf(parts);
  }

  #batch(part: HistoryPart, list: SpooledPart[], taken: readonly SpooledPart[]): Batch {
    const done = (): void => {
      // Taken off last: what ends in between is read again, and is no news then.
      this.#options.spool.remove(taken.map(({ seq }) => seq));
      list.splice(0, taken.length);
      this.#release(taken);
    };
    // It is still there.
    return { part, elements: countOf(taken), done, back: () => {} };
  }

  #read({ seq }: Pick<SpooledPart, "seq">): HistoryPart {
    const { spool, wire, report } = this.#options;
    const data = spool.read(seq);
    return data === undefined ? EMPTY_PART : readable(data, wire(), report);
  }

  #deletionOf(part: SpooledPart): Deletion {
    const jids = this.#read(part).chats.flatMap(({ id }) => id ?? []);
    return { seq: part.seq, jids };
  }
}
