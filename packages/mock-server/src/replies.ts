import { type BinaryNode, attr } from "./wire/binary-node.ts";
import { SERVER_JID, tryParseJid } from "./wire/jid.ts";

type Content = BinaryNode[] | Uint8Array;

/** A node, with less punctuation. */
export function node(
  tag: string,
  attrs: Readonly<Record<string, string>> = {},
  content?: Content,
): BinaryNode {
  return { tag, attrs: { ...attrs }, ...(content === undefined ? {} : { content }) };
}

/** The answer to a request. */
export function iqResult(request: BinaryNode, content?: BinaryNode[]): BinaryNode {
  return node("iq", { ...answerAttrs(request), type: "result" }, content);
}

export function iqError(request: BinaryNode, code: number, text: string): BinaryNode {
  const error = node("error", { code: String(code), text });
  return node("iq", { ...answerAttrs(request), type: "error" }, [error]);
}

export function serverIq(
  id: string,
  attrs: Record<string, string>,
  content: BinaryNode,
): BinaryNode {
  return node("iq", { from: SERVER_JID, type: "set", id, ...attrs }, [content]);
}

/** "I have your stanza." `from` is where the client sent it, as it wrote it. */
export function ack(stanza: BinaryNode, attrs: Record<string, string> = {}): BinaryNode {
  const { to, id, type, participant } = stanza.attrs;
  return node("ack", {
    class: stanza.tag,
    ...(id === undefined ? {} : { id }),
    from: to ?? SERVER_JID,
    ...(type === undefined ? {} : { type }),
    ...(participant === undefined ? {} : { participant }),
    ...attrs,
  });
}

/** The verdict on a login. The connection ends after it. */
export function failure(reason: number): BinaryNode {
  return node("failure", { reason: String(reason) });
}

/** The last stanza on a stream. A code of its own goes first; a child may say why. */
export function streamError(code?: string, child?: BinaryNode): BinaryNode {
  return node("stream:error", code === undefined ? {} : { code }, child && [child]);
}

export function conflict(type: "replaced" | "device_removed"): BinaryNode {
  return node("conflict", { type });
}

export function ib(child: BinaryNode): BinaryNode {
  return node("ib", { from: SERVER_JID }, [child]);
}

function answerAttrs(request: BinaryNode): Record<string, string> {
  const to = attr(request, "to");
  // Clients write the server as "@s.whatsapp.net" or as the bare word; it always answers as a JID.
  const from = to === undefined || tryParseJid(to) === undefined ? SERVER_JID : to;
  const id = attr(request, "id");
  return { from, ...(id === undefined ? {} : { id }) };
}
