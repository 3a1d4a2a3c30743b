import { type BinaryNode, DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from "./baileys.ts";
import { WireError } from "./errors.ts";
import * as tags from "./node-tags.ts";

/** How large a stanza may be. */
export interface NodeLimits {
  readonly maxNodes: number;
  readonly maxNodeDepth: number;
}

/** No JID holds another one, but Baileys writes any text with two `@` in it that way. */
const MAX_NESTED_JIDS = 8;
/** A list's start, its length and a tag. */
const SMALLEST_NODE = 3;

/** Reads one node out of bytes that may hold anything. */
export class NodeReader {
  readonly #bytes: Buffer;
  readonly #limits: NodeLimits;
  #at: number;
  #nodes = 0;

  /** @param start Where in `bytes` the node begins */
  constructor(bytes: Buffer, start: number, limits: NodeLimits) {
    this.#bytes = bytes;
    this.#at = start;
    this.#limits = limits;
  }

  /** The node, which has to reach to the end. Throws a `WireError`. */
  read(): BinaryNode {
    const node = this.#node(1);
    const rest = this.#bytes.length - this.#at;
    if (rest > 0) throw unreadable(`${rest} bytes follow the stanza`);
    return node;
  }

  #node(depth: number): BinaryNode {
    const { maxNodes, maxNodeDepth } = this.#limits;
    if (depth > maxNodeDepth)
      throw unreadable(`The stanza lies more than ${maxNodeDepth} nodes deep`);
    if (++this.#nodes > maxNodes) throw unreadable(`The stanza has more than ${maxNodes} nodes`);
    const size = this.#listSize(this.#byte());
    if (size === 0) throw unreadable("A node is empty");
    this.#need(size);
    const tag = this.#text(this.#byte());
    if (tag === "") throw unreadable("A node has no tag");
    const node: BinaryNode = { tag, attrs: this.#attrs((size - 1) >> 1) };
    if (size % 2 === 0) node.content = this.#content(depth);
    return node;
  }

  #attrs(count: number): Record<string, string> {
    const attrs: Record<string, string> = {};
    for (let index = 0; index < count; index++) {
      const name = this.#text(this.#byte());
      // To assign it would change the object instead of an attribute.
      if (name === "__proto__") throw unreadable("An attribute has a name no client uses");
      attrs[name] = this.#text(this.#byte());
    }
    return attrs;
  }

  #content(depth: number): NonNullable<BinaryNode["content"]> {
    const tag = this.#byte();
    switch (tag) {
      case tags.LIST_EMPTY:
      case tags.LIST_8:
      case tags.LIST_16:
        return this.#children(this.#listSize(tag), depth);
      case tags.BINARY_8:
      case tags.BINARY_20:
      case tags.BINARY_32: {
        const start = this.#skip(this.#binaryLength(tag));
        return this.#bytes.subarray(start, this.#at);
      }
      default:
        return this.#text(tag);
    }
  }

  #children(count: number, depth: number): BinaryNode[] {
    this.#need(count * SMALLEST_NODE);
    const children: BinaryNode[] = [];
    for (let index = 0; index < count; index++) children.push(this.#node(depth + 1));
    return children;
  }

  #listSize(tag: number): number {
    if (tag === tags.LIST_8) return this.#byte();
    if (tag === tags.LIST_16) return this.#uint16();
    if (tag === tags.LIST_EMPTY) return 0;
    throw unreadable(`Byte ${tag} starts no list`);
  }

  #text(tag: number, nested = 0): string {
    if (tag < tags.DICTIONARY_0)
      return tag === tags.LIST_EMPTY ? "" : (SINGLE_BYTE_TOKENS[tag] ?? "");
    switch (tag) {
      case tags.BINARY_8:
      case tags.BINARY_20:
      case tags.BINARY_32: {
        const start = this.#skip(this.#binaryLength(tag));
        return this.#bytes.toString("utf8", start, this.#at);
      }
      case tags.NIBBLE_8:
        return this.#packed(NIBBLES);
      case tags.HEX_8:
        return this.#packed(HEX);
      case tags.JID_PAIR:
      case tags.AD_JID:
      case tags.FB_JID:
      case tags.INTEROP_JID:
        if (nested === MAX_NESTED_JIDS) throw unreadable("A JID holds another, and so on");
        return this.#jid(tag, nested + 1);
      default:
        return this.#doubleToken(tag);
    }
  }

  #doubleToken(tag: number): string {
    const word = DOUBLE_BYTE_TOKENS[tag - tags.DICTIONARY_0]?.[this.#byte()];
    if (word === undefined) throw unreadable(`Byte ${tag} starts no text`);
    return word;
  }

  #jid(tag: number, nested: number): string {
    if (tag === tags.JID_PAIR) {
      const user = this.#text(this.#byte(), nested);
      const server = this.#text(this.#byte(), nested);
      if (server === "") throw unreadable("A JID has no server");
      return `${user}@${server}`;
    }
    if (tag === tags.AD_JID) {
      const server = serverOf(this.#byte());
      const device = this.#byte();
      const user = this.#text(this.#byte(), nested);
      return device === 0 ? `${user}@${server}` : `${user}:${device}@${server}`;
    }
    const user = this.#text(this.#byte(), nested);
    const device = this.#uint16();
    const integrator = tag === tags.INTEROP_JID ? `${this.#uint16()}-` : "";
    return `${integrator}${user}:${device}@${this.#text(this.#byte(), nested)}`;
  }

  #packed(pairs: readonly (string | undefined)[]): string {
    const length = this.#byte();
    const start = this.#skip(length & 0x7f);
    let text = "";
    for (let index = start; index < this.#at; index++) {
      const pair = pairs[this.#bytes[index] ?? 0];
      if (pair === undefined) throw unreadable("Packed text has a character that does not exist");
      text += pair;
    }
    return length > 0x7f ? text.slice(0, -1) : text;
  }

  #binaryLength(tag: number): number {
    if (tag === tags.BINARY_8) return this.#byte();
    if (tag === tags.BINARY_20) return ((this.#byte() & 0x0f) << 16) | this.#uint16();
    return this.#uint16() * 0x1_00_00 + this.#uint16();
  }

  #uint16(): number {
    return (this.#byte() << 8) | this.#byte();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw cutOff();
    this.#at++;
    return byte;
  }

  /** Goes over so many bytes and says where they began. */
  #skip(count: number): number {
    this.#need(count);
    const start = this.#at;
    this.#at += count;
    return start;
  }

  #need(count: number): void {
    if (count > this.#bytes.length - this.#at) throw cutOff();
  }
}

const NIBBLES = pairsOf("0123456789-.???\0");
const HEX = pairsOf("0123456789ABCDEF");
const SERVERS: ReadonlyMap<number, string> = new Map(
  [...tags.DEVICE_SERVERS].map(([server, domain]) => [domain, server]),
);

/** What each byte of packed text says; `?` stands for a half that says nothing. */
function pairsOf(characters: string): readonly (string | undefined)[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const pair = `${characters[byte >> 4]}${characters[byte & 15]}`;
    return pair.includes("?") ? undefined : pair;
  });
}

/** Baileys (decode.js) takes a server it does not know for that of phone numbers. */
function serverOf(domain: number): string {
  return SERVERS.get(domain) ?? "s.whatsapp.net";
}

function cutOff(): WireError {
  return unreadable("The stanza is cut off");
}

function unreadable(message: string): WireError {
  return new WireError("WIRE_BAD_NODE", message);
}
