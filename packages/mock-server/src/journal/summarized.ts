import type { BinaryNode } from "../wire/binary-node.ts";

/** About what the objects of one node take, besides what is in it. */
const NODE_BYTES = 64;

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

/** About how many bytes a node takes that is kept as it is. */
export function sizeOf({ tag, attrs, content }: BinaryNode): number {
  let size = NODE_BYTES + tag.length;
  for (const [name, value] of Object.entries(attrs)) size += name.length + value.length;
  if (Array.isArray(content)) for (const child of content) size += sizeOf(child);
  else if (content !== undefined) size += content.length;
  return size;
}
