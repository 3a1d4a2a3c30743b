import { node } from "../replies.ts";
import { type BinaryNode, attr, requiredAttr, uint } from "../wire/binary-node.ts";
import { type PreKeyBundle, keyNodes } from "../world/pre-key-bundle.ts";

/** A receipt about a message that came, addressed to where it came from. */
export function receiptAbout(
  message: BinaryNode,
  attrs: Readonly<Record<string, string>> = {},
  content?: BinaryNode[],
): BinaryNode {
  const participant = attr(message, "participant");
  const names = {
    id: requiredAttr(message, "id"),
    to: requiredAttr(message, "from"),
    ...(participant === undefined ? {} : { participant }),
  };
  return node("receipt", { ...names, ...attrs }, content);
}

/** The content of a retry receipt. Real clients send fresh keys along from the second time on. */
export function retryRequest(request: {
  readonly id: string;
  readonly count: number;
  /** Seconds since the epoch. */
  readonly t: string;
  readonly registrationId: number;
  readonly bundle: PreKeyBundle | undefined;
}): BinaryNode[] {
  const { id, count, t, registrationId, bundle } = request;
  return [
    node("retry", { count: String(count), id, t, v: "1" }),
    node("registration", {}, uint(registrationId, 4)),
    ...(bundle === undefined ? [] : [node("keys", {}, keyNodes(bundle))]),
  ];
}
