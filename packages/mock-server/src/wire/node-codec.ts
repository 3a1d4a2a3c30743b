import { inflateSync } from "node:zlib";
import type { BinaryNode } from "./baileys.ts";
import { WireError } from "./errors.ts";
import { type NodeLimits, NodeReader } from "./node-reader.ts";
import { COMPRESSED } from "./node-tags.ts";
import { NodeWriter } from "./node-writer.ts";

/** How large a stanza may be once it is unpacked. */
export interface NodeBounds extends NodeLimits {
  /** Without a limit a few compressed bytes could inflate to gigabytes. */
  readonly maxInflatedBytes: number;
}

const writer = new NodeWriter({ textContent: false });
const flawedWriter = new NodeWriter({ textContent: true });

/** Bytes of a stanza, with the flag byte in front. Throws a `WireError` for a node some client could not read. */
export function encodeNode(node: BinaryNode): Buffer {
  return writer.write(node);
}

/** Bytes of a stanza that need not be fit for every client: what a fault sends. Its content may be text. */
export function encodeFlawed(node: BinaryNode): Buffer {
  return flawedWriter.write(node);
}

/**
 * The stanza in `plaintext`, whose bytes its content points into. Throws a `WireError` when there is none, or one out
 * of bounds.
 */
export function decodeNode(plaintext: Buffer, bounds: NodeBounds): BinaryNode {
  const flags = plaintext[0];
  if (flags === undefined) throw new WireError("WIRE_BAD_NODE", "The decrypted frame is empty");
  if ((flags & COMPRESSED) === 0) return new NodeReader(plaintext, 1, bounds).read();
  return new NodeReader(inflated(plaintext.subarray(1), bounds), 0, bounds).read();
}

function inflated(body: Buffer, { maxInflatedBytes }: NodeBounds): Buffer {
  try {
    return inflateSync(body, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    throw new WireError("WIRE_BAD_NODE", "A compressed stanza cannot be unpacked", {
      cause: error,
    });
  }
}
