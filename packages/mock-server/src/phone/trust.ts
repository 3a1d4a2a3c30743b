import type { ServerContext } from "../context.ts";
import { issueToken } from "../routing/trusted-contacts.ts";
import type { Account } from "../world/account.ts";
import { restrictionOf } from "../world/restriction.ts";
import type { ChatTarget } from "./correspondent.ts";

/**
 * A restricted person's app gives a token to those the person writes to, so that they can answer. Others could do
 * so too, but need not: nobody asks for their tokens.
 */
export function trustWhenRestricted(context: ServerContext, by: Account, chat: ChatTarget): void {
  const to = "jid" in chat ? chat.jid : chat.pn;
  const target = context.world.resolve(to)?.account;
  if (target === undefined || !restrictionOf(by).restricted) return;
  issueToken(context, { by, to: target });
}
