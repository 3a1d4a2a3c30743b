import { type ServerContext, unixTime } from "../context.ts";
import { node } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { isBlocked } from "../world/blocklist.ts";

/** Gives one part of a call to every client of an account. One who blocked the caller hears nothing. */
export function sendCall(
  context: ServerContext,
  { from, to }: { readonly from: Account; readonly to: Account },
  content: BinaryNode,
): void {
  if (isBlocked(to, from)) return;
  for (const companion of to.companions) {
    const attrs = { from: from.lid, id: context.nextId(), t: unixTime(context.clock) };
    companion.deliver(node("call", { ...attrs, notify: from.name }, [content]));
  }
}
