import type { ServerContext } from "../context.ts";
import type { Login } from "../session/login.ts";
import { notify } from "./notify.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

/** Tells an account's clients that one of its settings has changed; not the one that changed it, which knows. */
export function notifyAccountSync(
  context: ServerContext,
  account: Account,
  change: BinaryNode,
  { except }: { readonly except?: Companion } = {},
): void {
  const notification = { type: "account_sync", from: account.pn, content: [change] };
  notify(context, account, notification, except === undefined ? {} : { except });
}

/** The same, for a change that came from a client. */
export function syncToOtherDevices(
  { context, account, companion }: Login,
  change: BinaryNode,
): void {
  notifyAccountSync(context, account, change, { except: companion });
}
