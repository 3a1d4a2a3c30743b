import { node } from "../replies.ts";
import { type BinaryNode, requiredAttr } from "../wire/binary-node.ts";

/** `<user>` as the server has it for a device it does not know. */
export function refusedBundle(user: BinaryNode): BinaryNode {
  const error = node("error", { code: "404", text: "item-not-found" });
  return node("user", { jid: requiredAttr(user, "jid") }, [error]);
}
