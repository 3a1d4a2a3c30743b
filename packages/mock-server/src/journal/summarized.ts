import type { BinaryNode } from "../wire/binary-node.ts";

const MAX_CONTENT_BYTES = 256;
const MAX_CHILDREN = 100;

/** A stanza without what makes it long: the shape stays, long contents and all but the first children do not. */
export function summarized({ tag, attrs, content }: BinaryNode): BinaryNode {
  if (Array.isArray(content)) {
    return { tag, attrs, content: content.slice(0, MAX_CHILDREN).map(summarized) };
  }
  if (content === undefined || content.length > MAX_CONTENT_BYTES) return { tag, attrs };
  // A copy: the bytes are a part of the long stanza that is to be let go.
  return { tag, attrs, content: typeof content === "string" ? content : Buffer.from(content) };
}
