import { node } from "../replies.ts";
import { type BinaryNode, bytes } from "../wire/binary-node.ts";

/** The same node, with content that the decoder gives as text put back into the bytes it is. */
export function copied(content: BinaryNode): BinaryNode {
  return node(
    content.tag,
    content.attrs,
    Array.isArray(content.content) ? content.content.map(copied) : bytes(content),
  );
}
