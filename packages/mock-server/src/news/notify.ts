import { type ServerContext, unixTime } from "../context.ts";
import { node } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

/** News the server tells an account's clients. */
export interface Notification {
  /** As on the wire, like `w:gp2`. */
  readonly type: string;
  /** Whom the news is about: a user, a group, or the server. */
  readonly from: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly content?: BinaryNode[];
}

/** Puts a notification in the mailbox of every companion of `account`; one that is not connected gets it at its next login. */
export function notify(
  context: ServerContext,
  account: Account,
  { type, from, attrs, content }: Notification,
  { except }: { readonly except?: Companion } = {},
): void {
  for (const companion of account.companions) {
    if (companion === except) continue;
    const names = { from, id: context.nextId(), type, t: unixTime(context.clock) };
    companion.deliver(node("notification", { ...names, ...attrs }, content));
  }
}
