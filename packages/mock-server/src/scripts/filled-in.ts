import { ack, iqError, iqResult } from "../replies.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import { SERVER_JID } from "../wire/jid.ts";
import type { ScriptedStanza } from "./script.ts";

/** A scripted stanza as it goes out, with what its author left out. */
export function filledIn(
  stanza: ScriptedStanza,
  request: BinaryNode,
  nextId: () => string,
): BinaryNode {
  const { attrs, ...rest } = whole(stanza);
  return { ...rest, attrs: { ...missing(stanza, request, nextId), ...attrs } };
}

/** What a request, or a stanza that is only acknowledged, gets as an error. */
export function errorFor(request: BinaryNode, code: number, text: string): BinaryNode {
  return request.tag === "iq"
    ? iqError(request, code, text)
    : ack(request, { error: String(code) });
}

function missing(
  { tag }: ScriptedStanza,
  request: BinaryNode,
  nextId: () => string,
): Readonly<Record<string, string>> {
  if (tag === "iq" && request.tag === "iq") return iqResult(request).attrs;
  if (tag === "ack") return ack(request).attrs;
  return { from: attr(request, "to") ?? SERVER_JID, id: nextId() };
}

/** Attributes and content where they were left out. */
function whole({ tag, attrs = {}, content }: ScriptedStanza): BinaryNode {
  const node = { tag, attrs: { ...attrs } };
  if (content === undefined) return node;
  if (typeof content === "string" || content instanceof Uint8Array) return { ...node, content };
  return { ...node, content: content.map(whole) };
}
