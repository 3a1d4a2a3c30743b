import { type BinaryNode, children } from "../wire/binary-node.ts";

/**
 * One thing a stanza of the server must not get wrong, because some client could not take it. Baileys forgives
 * much that whatsmeow and whatsapp-rust do not, so a test with Baileys alone would not show it.
 */
export interface Lint {
  readonly name: string;
  /** What is wrong with the stanza, without anything a person wrote; `undefined` when nothing is. */
  check(stanza: BinaryNode): string | undefined;
}

/** The first problem `find` sees in the stanza or a node in it. */
export function anywhere(
  node: BinaryNode,
  find: (node: BinaryNode) => string | undefined,
): string | undefined {
  const problem = find(node);
  if (problem !== undefined) return problem;
  for (const each of children(node)) {
    const below = anywhere(each, find);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The first of `names` the node lacks, as a problem. */
export function missing(node: BinaryNode, names: readonly string[]): string | undefined {
  const name = names.find((each) => node.attrs[each] === undefined);
  return name && `<${node.tag}> has no attribute "${name}"`;
}
