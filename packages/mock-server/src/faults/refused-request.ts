import type { Stanza } from "../passages/passages.ts";
import { iqError } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";

/** An `<iq>` of the client's that waits for an answer. */
export function isRequest({ tag, attrs }: BinaryNode): boolean {
  const { id, type } = attrs;
  return tag === "iq" && id !== undefined && (type === "get" || type === "set");
}

export function refuseRequest({ connection, stanza }: Stanza, code: number, text: string): void {
  connection.sendAsItIs(iqError(stanza, code, text));
}
