import { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { TraceNode } from "./trace-line.ts";

export function nodeToJson({ tag, attrs, content }: BinaryNode): TraceNode {
  if (content === undefined) return { tag, attrs };
  if (Array.isArray(content)) return { tag, attrs, content: content.map(nodeToJson) };
  if (typeof content === "string") return { tag, attrs, content };
  return { tag, attrs, content: { base64: Buffer.from(content).toString("base64") } };
}

/** The node of a line. Bytes that were redacted come back as so many zeros. */
export function nodeFromJson({ tag, attrs, content }: TraceNode): BinaryNode {
  const node = { tag, attrs: { ...attrs } };
  if (content === undefined) return node;
  if (typeof content === "string") return { ...node, content };
  if ("base64" in content) return { ...node, content: Buffer.from(content.base64, "base64") };
  if ("length" in content && !Array.isArray(content)) {
    return { ...node, content: Buffer.alloc(content.length) };
  }
  return { ...node, content: children(content) };
}

/** The fields that are set; numbers that do not fit into one are text, and bytes stay bytes. */
export function messageToObject(message: proto.IMessage): Readonly<Record<string, unknown>> {
  return proto.Message.toObject(proto.Message.fromObject(message), { longs: String });
}

/** `messageToObject` as JSON holds it, bytes in base64. */
export function messageToJson(message: proto.IMessage): Readonly<Record<string, unknown>> {
  return proto.Message.toObject(proto.Message.fromObject(message), {
    longs: String,
    bytes: String,
  });
}

/** The message of a line that is not redacted. */
export function messageFromJson(json: Readonly<Record<string, unknown>>): proto.IMessage {
  return proto.Message.fromObject(json);
}

function children(content: TraceNode["content"]): BinaryNode[] {
  return Array.isArray(content) ? content.map(nodeFromJson) : [];
}
