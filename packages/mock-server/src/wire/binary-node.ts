import type { BinaryNode } from "./baileys.ts";
import { WireError } from "./errors.ts";

export type { BinaryNode } from "./baileys.ts";

const NO_CHILDREN: readonly BinaryNode[] = [];

export function attr(node: BinaryNode, name: string): string | undefined {
  return node.attrs[name];
}

/** An attribute the protocol demands. */
export function requiredAttr(node: BinaryNode, name: string): string {
  const value = node.attrs[name];
  if (value === undefined) throw badNode(`<${node.tag}> has no attribute "${name}"`);
  return value;
}

/** All children, or those with one tag. */
export function children(node: BinaryNode, tag?: string): readonly BinaryNode[] {
  if (!Array.isArray(node.content)) return NO_CHILDREN;
  return tag === undefined ? node.content : node.content.filter((each) => each.tag === tag);
}

export function child(node: BinaryNode, tag: string): BinaryNode | undefined {
  return Array.isArray(node.content) ? node.content.find((each) => each.tag === tag) : undefined;
}

export function requiredChild(node: BinaryNode, tag: string): BinaryNode {
  const found = child(node, tag);
  if (found === undefined) throw badNode(`<${node.tag}> has no <${tag}>`);
  return found;
}

/** The content as bytes: clients encode short strings of digits as packed text, so text counts too. */
export function bytes(node: BinaryNode): Buffer | undefined {
  const { content } = node;
  if (typeof content === "string") return Buffer.from(content);
  return content === undefined || Array.isArray(content) ? undefined : Buffer.from(content);
}

export function text(node: BinaryNode): string | undefined {
  return bytes(node)?.toString("utf8");
}

/** The bytes of a child the protocol demands; `length` when it also says how many. */
export function childBytes(node: BinaryNode, tag: string, length?: number): Buffer {
  const content = bytes(requiredChild(node, tag));
  if (content === undefined) throw badNode(`<${tag}> has no bytes`);
  if (length !== undefined && content.length !== length) {
    throw badNode(`<${tag}> has ${content.length} bytes instead of ${length}`);
  }
  return content;
}

/** A child that holds a big-endian number in `length` bytes. */
export function childUint(node: BinaryNode, tag: string, length: number): number {
  return childBytes(node, tag, length).readUIntBE(0, length);
}

/** `value` in `length` big-endian bytes. */
export function uint(value: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
}

function badNode(message: string): WireError {
  return new WireError("WIRE_BAD_NODE", message);
}
