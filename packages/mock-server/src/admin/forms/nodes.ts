import type { BinaryNode } from "../../wire/binary-node.ts";
import { HttpError } from "../../http/errors.ts";
import { type Schema, mustBe, named } from "../schema/schema.ts";
import { object, optional, record } from "../schema/shapes.ts";
import { base64, text } from "../schema/values.ts";

/** A stanza, or a part of one, in JSON: bytes are `{ "base64": "…" }`, strings are strings. */
export interface NodeForm {
  readonly tag: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly content?: unknown;
}

const MAX_DEPTH = 64;

const bytes = object<{ readonly base64: Buffer }>({ base64: base64() });
const attrs = record(text({ minLength: 0 }));
const SELF = { $ref: "#/components/schemas/Node" };
const shape = {
  tag: text({ maxLength: 255 }),
  attrs: optional(attrs),
  content: optional<unknown>({
    json: {
      anyOf: [{ type: "string" }, bytes.json, { type: "array", items: SELF }],
      description: "Text, bytes, or nodes",
    },
    components: {},
    expected: 'a string, {"base64": …} or a list of nodes',
    read: (value) => value,
  }),
};
const written = object<NodeForm>(shape);

/** Reads a node. Its children are read as deep as a client would read them. */
export const nodeForm: Schema<BinaryNode> = named("Node", {
  ...written,
  read: (value, at) => readNode(value, at, 1),
});

/** The same, as an answer holds it. */
export const nodeView: Schema<NodeForm> = named("Node", written);

export function nodeViewOf({ tag, attrs: names, content }: BinaryNode): NodeForm {
  if (content === undefined) return { tag, attrs: names };
  return { tag, attrs: names, content: contentView(content) };
}

function contentView(content: NonNullable<BinaryNode["content"]>): unknown {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(nodeViewOf);
  return { base64: Buffer.from(content).toString("base64") };
}

function readNode(value: unknown, at: string, depth: number): BinaryNode {
  if (depth > MAX_DEPTH) {
    throw new HttpError("HTTP_BAD_REQUEST", `${at} lies deeper than ${MAX_DEPTH} nodes`);
  }
  const { tag, attrs: names = {}, content } = written.read(value, at);
  if (content === undefined) return { tag, attrs: { ...names } };
  return { tag, attrs: { ...names }, content: readContent(content, `${at}.content`, depth) };
}

function readContent(
  content: unknown,
  at: string,
  depth: number,
): NonNullable<BinaryNode["content"]> {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) {
    const nodes: readonly unknown[] = content;
    return nodes.map((each, index) => readNode(each, `${at}[${index}]`, depth + 1));
  }
  if (typeof content === "object") return bytes.read(content, at).base64;
  throw mustBe(at, shape.content.optional.expected);
}
