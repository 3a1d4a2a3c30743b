import type { BinaryNode } from "../wire/binary-node.ts";

/** The node with these attributes; those that are `undefined` are taken away. */
export function withAttrs(
  { tag, attrs, content }: BinaryNode,
  changes: Readonly<Record<string, string | undefined>>,
): BinaryNode {
  const changed: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...attrs, ...changes })) {
    if (value !== undefined) changed[name] = value;
  }
  return { tag, attrs: changed, ...(content === undefined ? {} : { content }) };
}

export function withContent(
  { tag, attrs }: BinaryNode,
  content: BinaryNode["content"],
): BinaryNode {
  return { tag, attrs, ...(content === undefined ? {} : { content }) };
}

/**
 * The node with everything at a path of tags changed, by slashes: `"list/user"`; `""` is the node itself. What
 * becomes `undefined` is taken out.
 */
export function withChanged(
  node: BinaryNode,
  path: string,
  change: (node: BinaryNode) => BinaryNode | undefined,
): BinaryNode {
  return path === "" ? (change(node) ?? node) : changedBelow(node, path.split("/"), change);
}

function changedBelow(
  node: BinaryNode,
  [tag, ...rest]: readonly string[],
  change: (node: BinaryNode) => BinaryNode | undefined,
): BinaryNode {
  if (!Array.isArray(node.content)) return node;
  const content = node.content.flatMap((each) => {
    if (each.tag !== tag) return [each];
    if (rest.length > 0) return [changedBelow(each, rest, change)];
    return change(each) ?? [];
  });
  return withContent(node, content);
}
