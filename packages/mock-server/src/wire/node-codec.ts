import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from "./baileys.ts";
import { WireError } from "./errors.ts";

const inflateAsync = promisify(inflate);

const COMPRESSED = 0b10;
// A stanza this large does not occur; without a limit a few bytes could inflate to gigabytes.
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

/** Bytes of a stanza, with the flag byte in front. Throws a `WireError` for a node some client could not read. */
export function encodeNode(node: BinaryNode): Buffer {
  assertEncodable(node);
  return encodeBinaryNode(node);
}

/** The stanza in `plaintext`. Rejects with a `WireError` when there is none. */
export async function decodeNode(plaintext: Buffer): Promise<BinaryNode> {
  try {
    return await decodeBinaryNode(await inflated(plaintext));
  } catch (error) {
    throw new WireError("WIRE_BAD_NODE", "The decrypted frame holds no binary node", {
      cause: error,
    });
  }
}

async function inflated(plaintext: Buffer): Promise<Buffer> {
  if (plaintext.length === 0 || (plaintext.readUInt8(0) & COMPRESSED) === 0) return plaintext;
  const body = await inflateAsync(plaintext.subarray(1), { maxOutputLength: MAX_INFLATED_BYTES });
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
