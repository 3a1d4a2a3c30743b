import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from "./baileys.ts";
import { WireError } from "./errors.ts";

const inflateAsync = promisify(inflate);

const COMPRESSED = 0b10;

/** How large a stanza may be once it is unpacked. */
export interface NodeBounds {
  readonly maxNodes: number;
  readonly maxNodeDepth: number;
  /** Without a limit a few compressed bytes could inflate to gigabytes. */
  readonly maxInflatedBytes: number;
}

/** Bytes of a stanza, with the flag byte in front. Throws a `WireError` for a node some client could not read. */
export function encodeNode(node: BinaryNode): Buffer {
  assertEncodable(node);
  return encodeBinaryNode(node);
}

/** Bytes of a stanza that need not be fit for every client: what a fault sends. */
export function encodeFlawed(node: BinaryNode): Buffer {
  return encodeBinaryNode(node);
}

/** The stanza in `plaintext`. Rejects with a `WireError` when there is none, or one out of bounds. */
export async function decodeNode(plaintext: Buffer, bounds: NodeBounds): Promise<BinaryNode> {
  const node = await decode(plaintext, bounds);
  const { maxNodes, maxNodeDepth } = bounds;
  let count = 0;
  for (let level = [node], depth = 1; level.length > 0; level = childrenOf(level), depth++) {
    count += level.length;
    if (depth > maxNodeDepth) throw tooLarge(`lies more than ${maxNodeDepth} nodes deep`);
    if (count > maxNodes) throw tooLarge(`has more than ${maxNodes} nodes`);
  }
  return node;
}

async function decode(plaintext: Buffer, { maxInflatedBytes }: NodeBounds): Promise<BinaryNode> {
  try {
    return await decodeBinaryNode(await inflated(plaintext, maxInflatedBytes));
  } catch (error) {
    throw new WireError("WIRE_BAD_NODE", "The decrypted frame holds no binary node", {
      cause: error,
    });
  }
}

function childrenOf(nodes: readonly BinaryNode[]): BinaryNode[] {
  return nodes.flatMap(({ content }) => (Array.isArray(content) ? content : []));
}

function tooLarge(how: string): WireError {
  return new WireError("WIRE_BAD_NODE", `The stanza ${how}`);
}

async function inflated(plaintext: Buffer, maxOutputLength: number): Promise<Buffer> {
  if (plaintext.length === 0 || (plaintext.readUInt8(0) & COMPRESSED) === 0) return plaintext;
  const body = await inflateAsync(plaintext.subarray(1), { maxOutputLength });
  return Buffer.concat([Buffer.from([0]), body]);
}

/**
 * Baileys' encoder counts an attribute that is no string but does not write it, which corrupts the node; it loses
 * words like "constructor", which it looks up in a plain object; and it turns text content into tokens, where other
 * clients look for bytes. To send any of these is a bug of ours, so it throws.
 */
function assertEncodable(node: BinaryNode): void {
  for (const [name, value] of Object.entries(node.attrs)) {
    if (typeof value !== "string") {
      throw new WireError("WIRE_BAD_NODE", `<${node.tag}> attribute "${name}" is not a string`);
    }
    assertWritable(node, value);
    assertWritable(node, name);
  }
  if (Array.isArray(node.content)) {
    for (const each of node.content) assertEncodable(each);
  } else if (node.content !== undefined && !(node.content instanceof Uint8Array)) {
    throw new WireError("WIRE_BAD_NODE", `<${node.tag}> content must be bytes or child nodes`);
  }
}

function assertWritable(node: BinaryNode, word: string): void {
  if (!(word in Object.prototype)) return;
  throw new WireError(
    "WIRE_BAD_NODE",
    `<${node.tag}> has the word "${word}", which Baileys' encoder loses`,
  );
}
