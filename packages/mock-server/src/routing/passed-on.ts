import { type BinaryNode, attr } from "../wire/binary-node.ts";

const PASSED_ON = ["category", "edit", "expiration", "push_priority"] as const;

/** The attributes of a message that reach its receivers as the sender wrote them. */
export function passedOn(stanza: BinaryNode): Record<string, string> {
  const attrs: Record<string, string> = { type: attr(stanza, "type") ?? "text" };
  for (const name of PASSED_ON) {
    const value = attr(stanza, name);
    if (value !== undefined) attrs[name] = value;
  }
  return attrs;
}
