import type { ServerContext } from "../context.ts";
import { notify } from "./notify.ts";
import { node } from "../replies.ts";
import { SERVER_JID } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

/** Tells an account's clients that a collection has changed, each but the one that changed it; they fetch it then. */
export function announceAppState(
  context: ServerContext,
  account: Account,
  collection: string,
  { except }: { readonly except?: Companion } = {},
): void {
  const version = String(account.appState.version(collection));
  // Baileys (messages-recv.js) looks at the first collection only, so each has a notification of its own.
  const content = [node("collection", { name: collection, version })];
  const news = { type: "server_sync", from: SERVER_JID, content };
  notify(context, account, news, except === undefined ? {} : { except });
}
