import { type BinaryNode, DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from "./baileys.ts";
import { WireError } from "./errors.ts";
import * as tags from "./node-tags.ts";

/** Servers whose JIDs travel as such. Any other text with an `@` in it, like an e-mail address, is text. */
const JID_SERVERS: ReadonlySet<string> = new Set([
  ...tags.DEVICE_SERVERS.keys(),
  "g.us",
  "broadcast",
  "newsletter",
  "call",
  "c.us",
  "bot",
  "msgr",
  "interop",
]);

/** Each word of the tables and what stands for it: one byte, or two with the table in the upper one. */
const TOKENS: ReadonlyMap<string, number> = new Map([
  ...SINGLE_BYTE_TOKENS.map((word, index) => [word, index] as const).slice(1),
  ...DOUBLE_BYTE_TOKENS.flatMap((table, number) =>
    table.map((word, index) => [word, ((tags.DICTIONARY_0 + number) << 8) | index] as const),
  ),
]);

const FIRST_BYTES = 16 * 1024;
/** Room that one large stanza took is given back. */
const KEPT_BYTES = 256 * 1024;

/** Writes nodes into a buffer of its own, which grows with what is written. */
export class NodeWriter {
  readonly #textContent: boolean;
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = 0;

  /** @param options.textContent Whether content may be text, which some clients look for as bytes */
  constructor({ textContent }: { readonly textContent: boolean }) {
    this.#textContent = textContent;
  }

  /** The bytes of a stanza that is not compressed. Throws a `WireError` for a node that cannot be written. */
  write(stanza: BinaryNode): Buffer {
    this.#end = 0;
    this.#byte(0);
    this.#node(stanza);
    const written = Buffer.from(this.#bytes.subarray(0, this.#end));
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return written;
  }

  #node(node: BinaryNode): void {
    const { tag, attrs, content } = node;
    if (typeof tag !== "string" || tag === "") throw unwritable("A node has no tag");
    const names = Object.keys(attrs);
    this.#listStart(1 + 2 * names.length + (content === undefined ? 0 : 1));
    this.#text(tag);
    for (const name of names) {
      const value: unknown = attrs[name];
      // Baileys counts such an attribute but does not write it, which corrupts the node.
      if (typeof value !== "string") {
        throw unwritable(`<${tag}> attribute "${name}" is not a string`);
      }
      // Who reads it into an object sets that object's prototype.
      if (name === "__proto__") throw unwritable(`<${tag}> has an attribute no client can read`);
      this.#text(name);
      this.#text(value);
    }
    if (content !== undefined) this.#content(tag, content);
  }

  #content(tag: string, content: NonNullable<BinaryNode["content"]>): void {
    if (Array.isArray(content)) {
      this.#listStart(content.length);
      for (const each of content) this.#node(each);
    } else if (content instanceof Uint8Array) {
      this.#binaryStart(content.length);
      this.#reserve(content.length);
      this.#bytes.set(content, this.#end);
      this.#end += content.length;
    } else if (this.#textContent && typeof content === "string") {
      this.#text(content);
    } else {
      throw unwritable(`<${tag}> content must be bytes or child nodes`);
    }
  }

  /** A token where there is one, packed if it is digits, a JID if it is one, else as it stands. */
  #text(text: string): void {
    const token = TOKENS.get(text);
    if (token !== undefined) {
      if (token > 0xff) this.#byte(token >> 8);
      this.#byte(token & 0xff);
      return;
    }
    const packing = packingOf(text);
    if (packing !== undefined) return this.#packed(text, packing);
    const at = text.indexOf("@");
    if (at < 0 || !this.#jid(text.slice(0, at), text.slice(at + 1))) this.#plain(text);
  }

  #plain(text: string): void {
    const length = Buffer.byteLength(text);
    this.#binaryStart(length);
    this.#reserve(length);
    this.#end += this.#bytes.write(text, this.#end, "utf8");
  }

  #packed(text: string, tag: number): void {
    const { length } = text;
    const odd = length % 2;
    this.#reserve(2 + length);
    this.#byte(tag);
    this.#byte(((length + 1) >> 1) | (odd << 7));
    const even = length - odd;
    for (let index = 0; index < even; index += 2) {
      this.#byte((halfOf(text.charCodeAt(index)) << 4) | halfOf(text.charCodeAt(index + 1)));
    }
    if (odd) this.#byte((halfOf(text.charCodeAt(even)) << 4) | 15);
  }

  /** False for what none of the forms of a JID can hold; nothing is written then. */
  #jid(name: string, server: string): boolean {
    if (!JID_SERVERS.has(server)) return false;
    const colon = name.indexOf(":");
    if (colon < 0) {
      this.#byte(tags.JID_PAIR);
      if (name === "") this.#byte(tags.LIST_EMPTY);
      else this.#text(name);
      this.#text(server);
      return true;
    }
    const user = name.slice(0, colon);
    const device = decimal(name.slice(colon + 1));
    const domain = tags.DEVICE_SERVERS.get(server);
    if (domain !== undefined) return device <= 0xff && this.#adJid(domain, device, user);
    if (device > 0xffff) return false;
    if (server === "msgr") return this.#fbJid(user, device, server);
    return server === "interop" && this.#interopJid(user, device, server);
  }

  #adJid(domain: number, device: number, user: string): true {
    this.#byte(tags.AD_JID);
    this.#byte(domain);
    this.#byte(device);
    this.#text(user);
    return true;
  }

  #fbJid(user: string, device: number, server: string): true {
    this.#byte(tags.FB_JID);
    this.#text(user);
    this.#uint16(device);
    this.#text(server);
    return true;
  }

  /** `integrator-user`. */
  #interopJid(name: string, device: number, server: string): boolean {
    const dash = name.indexOf("-");
    const integrator = decimal(name.slice(0, Math.max(dash, 0)));
    if (integrator > 0xffff) return false;
    this.#byte(tags.INTEROP_JID);
    this.#text(name.slice(dash + 1));
    this.#uint16(device);
    this.#uint16(integrator);
    this.#text(server);
    return true;
  }

  #listStart(size: number): void {
    if (size === 0) return this.#byte(tags.LIST_EMPTY);
    if (size <= 0xff) {
      this.#byte(tags.LIST_8);
      this.#byte(size);
    } else if (size <= 0xffff) {
      this.#byte(tags.LIST_16);
      this.#uint16(size);
    } else {
      throw unwritable(`A list of ${size} is longer than the format allows`);
    }
  }

  #binaryStart(length: number): void {
    if (length < 1 << 8) {
      this.#byte(tags.BINARY_8);
      this.#byte(length);
    } else if (length < 1 << 20) {
      this.#byte(tags.BINARY_20);
      this.#byte(length >> 16);
      this.#uint16(length & 0xffff);
    } else {
      this.#byte(tags.BINARY_32);
      this.#uint16(length >>> 16);
      this.#uint16(length & 0xffff);
    }
  }

  #uint16(value: number): void {
    this.#byte(value >> 8);
    this.#byte(value & 0xff);
  }

  #byte(value: number): void {
    if (this.#end === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  #reserve(count: number): void {
    const need = this.#end + count;
    if (need <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(need, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

const [ZERO, NINE, A, F, DASH, DOT] = [0x30, 0x39, 0x41, 0x46, 0x2d, 0x2e];

/** Digits, `-` and `.` fit into half a byte each, and so do upper-case hexadecimal digits. */
function packingOf(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > tags.PACKED_MAX) return undefined;
  let nibble = true;
  let hex = true;
  for (let index = 0; index < length && (nibble || hex); index++) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) continue;
    if (code !== DASH && code !== DOT) nibble = false;
    if (code < A || code > F) hex = false;
  }
  if (nibble) return tags.NIBBLE_8;
  return hex ? tags.HEX_8 : undefined;
}

function halfOf(code: number): number {
  if (code <= NINE && code >= ZERO) return code - ZERO;
  if (code === DASH) return 10;
  return code === DOT ? 11 : code - A + 10;
}

/** A number as one writes it, `Infinity` for any other text. */
function decimal(text: string): number {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Infinity;
}

function unwritable(message: string): WireError {
  return new WireError("WIRE_BAD_NODE", message);
}
