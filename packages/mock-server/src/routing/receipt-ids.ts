import { type BinaryNode, child, children, requiredAttr } from "../wire/binary-node.ts";

/**
 * The messages one receipt is about: the first is named in an attribute, more in a list. A receipt of several readers
 * is about one, which it names beside them.
 */
export function receiptIds(stanza: BinaryNode): readonly string[] {
  const readers = child(stanza, "participants");
  if (readers !== undefined) return [requiredAttr(readers, "key")];
  const list = child(stanza, "list");
  const more =
    list === undefined ? [] : children(list, "item").map((item) => requiredAttr(item, "id"));
  return [requiredAttr(stanza, "id"), ...more];
}
