import { type BinaryNode, type proto } from "../wire/baileys.ts";
import { children } from "../wire/binary-node.ts";
import { decodeNode } from "../wire/node-codec.ts";
import type { Companion } from "../world/companion.ts";
import { sizeOf, summarized } from "./summarized.ts";

/** One stanza a server received or sent. */
export interface JournalEntry {
  /** Counts up over the life of the server. */
  readonly sequence: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
  /** `in`: from the client. `out`: to the client. */
  readonly direction: "in" | "out";
  /** The id of the connection; `none` for a stanza that was dropped before there was one. */
  readonly connection: string;
  /** The device JID, by number, of the client that is logged in on the connection. */
  readonly device: string | undefined;
  /** The name of the person whose client that is. */
  readonly person: string | undefined;
  /** The tag of the stanza. */
  readonly tag: string;
  /** Its attributes, as on the wire. */
  readonly attrs: Readonly<Record<string, string>>;
  /** Tags of the direct children, in order. */
  readonly children: readonly string[];
  /** The whole stanza, read anew each time; without its longer contents if it is `summarized`. */
  readonly node: BinaryNode;
  /** How long it is on the wire: the encrypted frame with the length in front of it. */
  readonly bytes: number | undefined;
  /** It was sent compressed. */
  readonly compressed: boolean;
  /** It is longer than `limits.maxJournalStanzaBytes`: contents over 256 bytes, and children after the first hundred, were not kept. */
  readonly summarized: boolean;
  /**
   * What a `<message>` says, once somebody the server plays has written or decrypted it: the contact it is for, or the
   * phone of the client that sent or got it. `journal.plain(entry)` waits for that.
   */
  readonly plain: proto.IMessage | undefined;
  /** What the server made of it, when that is not plain: like `unhandled`, `dropped: mailbox full`, or the code of the error it caused. */
  readonly note?: string;
  /** The fault that hit it. */
  readonly fault?: string;
}

/** Which entries are meant. */
export type JournalPredicate = (entry: JournalEntry) => boolean;

/** What the journal says of a stanza that a fault took. */
export const HELD_BACK = "held-back";

/** Where a stanza travels. */
interface JournalOrigin {
  readonly id: string;
  readonly companion: Companion | undefined;
}

/** A stanza for the journal. */
export interface Recording {
  readonly direction: JournalEntry["direction"];
  /** Left out for a stanza that was never on a connection. */
  readonly origin?: JournalOrigin | undefined;
  readonly stanza: BinaryNode;
  /** The same as bytes, as they were or will be encrypted. */
  readonly plaintext?: Buffer | undefined;
  readonly note?: string | undefined;
}

export interface EntryParts extends Recording {
  readonly sequence: number;
  readonly at: number;
  readonly fault: string | undefined;
  readonly maxStanzaBytes: number;
  readonly plainOf: (entry: JournalEntry) => proto.IMessage | undefined;
}

// The length in three bytes and the tag of AES-GCM.
const FRAME_BYTES = 3 + 16;
const COMPRESSED = 2;
const REFERENCE_BYTES = 8;
/** What was read or written once is within the limits of connections. */
const NO_BOUNDS = {
  maxNodes: Number.POSITIVE_INFINITY,
  maxNodeDepth: Number.POSITIVE_INFINITY,
  maxInflatedBytes: 2 ** 30,
};

/**
 * Keeps a stanza as the bytes it travels as, which are there anyway and a tenth of what its nodes take, and reads them
 * only for those who look.
 */
export class RecordedEntry implements JournalEntry {
  readonly sequence: number;
  readonly at: number;
  readonly direction: JournalEntry["direction"];
  readonly connection: string;
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly string[];
  readonly bytes: number | undefined;
  readonly compressed: boolean;
  readonly summarized: boolean;
  declare readonly note?: string;
  declare readonly fault?: string;
  readonly #companion: Companion | undefined;
  readonly #stanza: Buffer | BinaryNode;
  readonly #plainOf: EntryParts["plainOf"];
  readonly #room: number;

  constructor(parts: EntryParts) {
    const { origin, stanza, plaintext, note, fault } = parts;
    this.sequence = parts.sequence;
    this.at = parts.at;
    this.direction = parts.direction;
    this.connection = origin?.id ?? "none";
    this.tag = stanza.tag;
    this.attrs = stanza.attrs;
    this.children = children(stanza).map((child) => child.tag);
    this.bytes = plaintext && plaintext.length + FRAME_BYTES;
    this.compressed = plaintext !== undefined && ((plaintext[0] ?? 0) & COMPRESSED) !== 0;
    this.summarized = plaintext !== undefined && plaintext.length > parts.maxStanzaBytes;
    if (note !== undefined) this.note = note;
    if (fault !== undefined) this.fault = fault;
    this.#companion = origin?.companion;
    this.#stanza = this.summarized ? summarized(stanza) : (plaintext ?? stanza);
    this.#plainOf = parts.plainOf;
    this.#room = this.#size();
  }

  get device(): string | undefined {
    return this.#companion?.pn;
  }

  get person(): string | undefined {
    return this.#companion?.account.name;
  }

  get node(): BinaryNode {
    const stanza = this.#stanza;
    return Buffer.isBuffer(stanza) ? decodeNode(stanza, NO_BOUNDS) : stanza;
  }

  get plain(): proto.IMessage | undefined {
    return this.#plainOf(this);
  }

  /** About how many bytes of the journal's room it takes. */
  get room(): number {
    return this.#room;
  }

  #size(): number {
    const { tag, attrs } = this;
    const stanza = this.#stanza;
    // Tags of children are strings that all stanzas share.
    const tags = this.children.length * REFERENCE_BYTES;
    if (!Buffer.isBuffer(stanza)) return sizeOf(stanza) + tags;
    // A few compressed bytes may be long attributes.
    return stanza.length + FRAME_BYTES + tags + (this.compressed ? sizeOf({ tag, attrs }) : 0);
  }
}
