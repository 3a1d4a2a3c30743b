import { type HistoryRules, sentAtSeconds, trimmed } from "./history-policy.ts";
import type { HistorySpool } from "./history-spool.ts";
import {
  EMPTY_PART,
  type History,
  type HistoryPart,
  type PackedPart,
  elementsOf,
  type Packing,
  packMessages,
  packMixed,
  packPeople,
  packsOf,
  readable,
  withoutChats,
  withoutUser,
} from "./packed-history.ts";
import { type MessageWire, messageWire } from "./packed-messages.ts";
import { AROUND_A_PART, type Batch, bytesOf, countOf, upTo } from "./parts.ts";
import { toShed } from "./shed.ts";
import { cut } from "./slice-flush.ts";
import { SpooledHistory } from "./spooled-history.ts";
import { weigh, weighMessage } from "./weigh.ts";

export interface HistoryQueueOptions {
  readonly rules: HistoryRules;
  readonly spool: HistorySpool | undefined;
  /** Everything goes to the spool before anything is taken in. */
  readonly durable: boolean;
  readonly nowMs: () => number;
  readonly report: (error: unknown) => void;
  readonly isSameChat: (a: string, b: string) => boolean;
}

/** About what waits, where, in bytes. */
export interface HistoryBytes {
  /** In memory, as Baileys handed it over. */
  readonly decoded: number;
  /** In memory, packed, and what is known of that on disk. */
  readonly packed: number;
  /** On disk. */
  readonly spooled: number;
}

interface Decoded {
  readonly part: HistoryPart;
  readonly bytes: number;
  /** As many as came. */
  readonly elements: number;
}
type Packed = PackedPart & { readonly bytes: number; readonly isMixed: boolean };

const PEOPLE_PER_PART = 200;
const MESSAGES_PER_PART = 250;
/** As many as one transaction takes at its best: shorter ones write the same pages again. */
const MESSAGES_PER_BATCH = 1000;
// proto.HistorySync.HistorySyncType.ON_DEMAND
const ON_DEMAND = 6;
/** How far below the bound it is dropped to, so that not every part that comes drops one. */
const SHED_TO = 0.9;

/** The past that waits: people before messages; in memory, packed, or on disk; bounded in bytes. */
export class HistoryQueue {
  readonly #options: HistoryQueueOptions;
  readonly #spooled: SpooledHistory | undefined;
  readonly #people: Decoded[] = [];
  readonly #decoded: Decoded[] = [];
  #packed: Packed[] = [];
  readonly #perChat = new Map<string, number>();
  #decodedBytes = 0;
  #packedBytes = 0;
  #elements = 0;
  #shed = 0;
  #isSpoolRefused = false;
  #wire: MessageWire | undefined;

  constructor(options: HistoryQueueOptions) {
    this.#options = options;
    const { spool, report, isSameChat } = options;
    const wire = (): MessageWire | undefined => this.#wire;
    this.#spooled = spool && new SpooledHistory({ spool, report, isSameChat, wire });
  }

  /** Before anything is packed, or taken of what was. */
  async prepare(): Promise<void> {
    this.#wire ??= await messageWire();
  }

  /** Elements that wait. */
  get elements(): number {
    return this.#elements + (this.#spooled?.elements ?? 0);
  }

  /** Messages that were dropped because more waited than may. */
  get shed(): number {
    return this.#shed;
  }

  get bytes(): HistoryBytes {
    return {
      decoded: this.#decodedBytes,
      packed: this.#packedBytes + (this.#spooled?.memoryBytes ?? 0),
      spooled: this.#spooled?.bytes ?? 0,
    };
  }

  /** Who is who and what chats there are comes before what was written in them. Says how many elements came. */
  push({ chats, contacts, lidPnMappings, messages, syncType }: History): number {
    const before = this.#elements;
    const people = (part: Partial<HistoryPart>): void =>
      this.#add(this.#people, { ...EMPTY_PART, ...part }, weigh(part));
    for (const piece of pieces(lidPnMappings, PEOPLE_PER_PART)) people({ lidPnMappings: piece });
    for (const piece of pieces(contacts, PEOPLE_PER_PART)) people({ contacts: piece });
    for (const piece of pieces(chats, PEOPLE_PER_PART)) people({ chats: piece });
    const wanted = Array.isArray(messages)
      ? this.#wanted(messages, Number(syncType) === ON_DEMAND)
      : [];
    for (const piece of pieces(wanted, MESSAGES_PER_PART)) {
      const bytes = piece.reduce((sum, message) => sum + weighMessage(message), 0);
      this.#add(this.#decoded, { ...EMPTY_PART, messages: piece }, bytes);
    }
    this.#isSpoolRefused = false;
    return this.#elements - before;
  }

  /**
   * Keeps chats that were deleted while their past was waiting from being brought back by it.
   *
   * @throws StoreKitError when that could not be put to the spool.
   */
  forgetChats(jids: readonly string[]): void {
    const { isSameChat } = this.#options;
    const isDeleted = (jid: string): boolean => jids.some((one) => isSameChat(one, jid));
    for (const [index, one] of this.#people.entries()) {
      this.#people[index] = { ...one, part: withoutChats(one.part, isDeleted) };
    }
    this.#spooled?.forgetChats(jids);
  }

  /**
   * Does one step of what keeps the bounds: packs a part, moves some to the disk, or drops the oldest. Says whether
   * there was anything to do.
   */
  relieve(): boolean {
    return (
      this.#spoolOne() || this.#packOne() || this.#spill() || this.#splitOne() || this.#shedOldest()
    );
  }

  /** @throws StoreKitError `STORE_KIT_UNAVAILABLE`, and then the same is next again. */
  next(): Batch | undefined {
    return (
      this.#nextDecoded(this.#people, 1) ??
      this.#spooled?.nextPeople() ??
      this.#nextDecoded(this.#decoded, MESSAGES_PER_BATCH) ??
      this.#nextPacked() ??
      this.#spooled?.nextMessages(MESSAGES_PER_BATCH)
    );
  }

  /** Drops what waits of somebody, one part at a time; yields how many elements of each are gone. */
  *erased(isTheirs: (jid: string | null | undefined) => boolean): Generator<number> {
    for (const list of [this.#people, this.#decoded]) {
      for (const [index, one] of list.entries()) {
        const part = withoutUser(one.part, isTheirs);
        const gone = elementsOf(one.part) - elementsOf(part);
        list[index] = { ...one, part, elements: one.elements - gone };
        this.#elements -= gone;
        yield gone;
      }
    }
    // What is left of a part is put behind all others.
    const packed = this.#packed.slice();
    for (const one of packed) {
      const before = this.#read(one);
      const part = withoutUser(before, isTheirs);
      const gone = elementsOf(before) - elementsOf(part);
      if (gone > 0) {
        this.#packed.splice(this.#packed.indexOf(one), 1);
        this.#packedBytes -= one.bytes;
        this.#elements -= gone;
        this.#addPacked(packsOf(part, this.#packing));
      }
      yield gone;
    }
    if (this.#spooled) yield* this.#spooled.rewritten((part) => withoutUser(part, isTheirs));
  }

  get #memoryBytes(): number {
    return this.#decodedBytes + this.#packedBytes;
  }

  get #usableSpool(): SpooledHistory | undefined {
    return this.#isSpoolRefused ? undefined : this.#spooled;
  }

  #add(list: Decoded[], part: HistoryPart, bytes: number): void {
    const elements = elementsOf(part);
    list.push({ part, bytes, elements });
    this.#decodedBytes += bytes;
    this.#elements += elements;
  }

  #wanted<M extends HistoryPart["messages"][number]>(messages: M[], isOnDemand: boolean): M[] {
    const { maxAge, maxPerChat } = this.#options.rules;
    const since = (this.#options.nowMs() - maxAge) / 1000;
    const young = since > 0 ? messages.filter((one) => sentAtSeconds(one) >= since) : messages;
    if (isOnDemand || maxPerChat === Number.MAX_SAFE_INTEGER) return young;
    // Phones send the newest first; only within one event the order is ours to make.
    return young
      .toSorted((a, b) => sentAtSeconds(b) - sentAtSeconds(a))
      .filter((message) => {
        const chat = message?.key?.remoteJid ?? "";
        const count = (this.#perChat.get(chat) ?? 0) + 1;
        this.#perChat.set(chat, count);
        return count <= maxPerChat;
      });
  }

  /** What must survive the process goes to the disk first of all. */
  #spoolOne(): boolean {
    const spooled = this.#usableSpool;
    if (!this.#options.durable || spooled === undefined) return false;
    const list = this.#people.length > 0 ? this.#people : this.#decoded;
    const [first] = list;
    if (first === undefined) return false;
    const isPeople = list === this.#people;
    const packs = isPeople
      ? [packPeople(first.part)]
      : packMessages(this.#trimmed(first.part.messages), this.#packing);
    if (!this.#append(spooled, packs)) return true;
    list.shift();
    this.#decodedBytes -= first.bytes;
    this.#elements -= first.elements;
    return true;
  }

  /** The last come would wait longest. */
  #packOne(): boolean {
    if (this.#memoryBytes <= this.#options.rules.highWater) return false;
    const last = this.#decoded.pop();
    if (last === undefined) return false;
    this.#decodedBytes -= last.bytes;
    this.#addPacked([packMixed(this.#trimmed(last.part.messages), this.#packing)], true);
    return true;
  }

  #addPacked(packs: readonly PackedPart[], isMixed = false): void {
    for (const pack of packs) {
      const bytes = pack.data.length + AROUND_A_PART;
      this.#packed.push({ ...pack, bytes, isMixed });
      this.#packedBytes += bytes;
    }
  }

  #spill(): boolean {
    const spooled = this.#usableSpool;
    if (spooled === undefined || this.#memoryBytes <= this.#options.rules.hardWater) return false;
    const some = this.#lastPacked();
    if (some.length === 0) return false;
    const packs = some.flatMap((one) => (one.isMixed ? this.#byChat(one) : [one]));
    if (!this.#append(spooled, packs)) return true;
    this.#packed.length -= some.length;
    this.#packedBytes -= bytesOf(some);
    this.#elements -= countOf(some);
    return true;
  }

  /** As many as one step takes. */
  #lastPacked(): readonly Packed[] {
    const last = this.#packed.slice(-MESSAGES_PER_PART);
    return last.slice(last.at(-1)?.isMixed ? -1 : last.findLastIndex(({ isMixed }) => isMixed) + 1);
  }

  /** Only what is packed chat by chat can be dropped by its age in its chat. */
  #splitOne(): boolean {
    if (this.#memoryBytes <= this.#options.rules.hardWater || this.#usableSpool) return false;
    const index = this.#packed.findLastIndex(({ isMixed }) => isMixed);
    const mixed = this.#packed[index];
    if (mixed === undefined) return false;
    this.#packed.splice(index, 1);
    this.#packedBytes -= mixed.bytes;
    this.#addPacked(this.#byChat(mixed));
    return true;
  }

  #byChat(mixed: PackedPart): PackedPart[] {
    return packMessages(this.#read(mixed).messages, this.#packing);
  }

  #append(spooled: SpooledHistory, packs: readonly PackedPart[]): boolean {
    try {
      spooled.append(packs);
      return true;
    } catch (error) {
      // It waits in memory then, until more comes and it is tried again.
      this.#isSpoolRefused = true;
      this.#options.report(error);
      return false;
    }
  }

  #shedOldest(): boolean {
    const { hardWater, diskQuota } = this.#options.rules;
    const spooled = this.#usableSpool;
    if (spooled !== undefined) {
      const shed = spooled.bytes > diskQuota ? spooled.shed(diskQuota * SHED_TO) : 0;
      this.#shed += shed;
      return shed > 0;
    }
    if (this.#memoryBytes <= hardWater) return false;
    const dropped = toShed(this.#packed, hardWater * SHED_TO);
    if (dropped.size === 0) return false;
    this.#packed = this.#packed.filter((part) => !dropped.has(part));
    this.#packedBytes -= bytesOf([...dropped]);
    this.#elements -= countOf([...dropped]);
    this.#shed += countOf([...dropped]);
    return true;
  }

  /** The first of them, and as many more of messages as go along. */
  #nextDecoded(list: Decoded[], mostElements: number): Batch | undefined {
    const some = upTo(list, mostElements);
    const [first] = some;
    if (first === undefined) return undefined;
    list.splice(0, some.length);
    const { rules } = this.#options;
    const messages = some.flatMap(({ part }) => part.messages.map((one) => trimmed(one, rules)));
    const elements = countOf(some);
    const done = (): void => {
      this.#decodedBytes -= bytesOf(some);
      this.#elements -= elements;
    };
    const back = (): void => void list.unshift(...some);
    return { part: { ...first.part, messages }, elements, done, back };
  }

  #nextPacked(): Batch | undefined {
    const some = upTo(this.#packed, MESSAGES_PER_BATCH);
    if (some.length === 0) return undefined;
    this.#packed.splice(0, some.length);
    const messages = some.flatMap((one) => this.#read(one).messages);
    const done = (): void => {
      this.#packedBytes -= bytesOf(some);
      this.#elements -= countOf(some);
    };
    const back = (): void => void this.#packed.unshift(...some);
    return { part: { ...EMPTY_PART, messages }, elements: countOf(some), done, back };
  }

  #trimmed(messages: HistoryPart["messages"]): HistoryPart["messages"] {
    return messages.map((message) => trimmed(message, this.#options.rules));
  }

  get #packing(): Packing {
    return { forDisk: this.#spooled !== undefined, wire: this.#wire };
  }

  #read({ data }: PackedPart): HistoryPart {
    return readable(data, this.#wire, this.#options.report);
  }
}

function pieces<T>(items: T[] | undefined, size: number): T[][] {
  return Array.isArray(items) ? cut(items, size).map((piece) => [...piece]) : [];
}
