import { type BinaryNode, child, children, requiredAttr } from "../wire/binary-node.ts";

/** The messages one receipt is about: the first is named in an attribute, more in a list. */
export function receiptIds(stanza: BinaryNode): readonly string[] {
  const list = child(stanza, "list");
  const more =
    list === undefined ? [] : children(list, "item").map((item) => requiredAttr(item, "id"));
  return [requiredAttr(stanza, "id"), ...more];
}
