import { notifyAccountSync } from "../news/account-sync.ts";
import type { ServerContext } from "../context.ts";
import { notify } from "../news/notify.ts";
import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { requiredChild, text } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { isBlocked } from "../world/blocklist.ts";
import type { Companion } from "../world/companion.ts";

/** The line below a person's name: `updateProfileStatus` of Baileys' chats.js. `fetchStatus` asks by usync. */
export const statusText: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "status",
    type: "set",
    handle(stanza, { account, companion, context, connection }) {
      setAbout(context, account, text(requiredChild(stanza, "status")) ?? "", companion);
      connection.send(iqResult(stanza));
    },
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "status",
    type: "get",
    // Who gets the account's status posts by default. Lists are not kept, so it is always everybody.
    handle(stanza, { connection }) {
      const list = node("list", { type: "contacts", default: "true" });
      connection.send(iqResult(stanza, [node("privacy", {}, [list])]));
    },
  },
];

/** Changes the line and tells everybody the person has chatted with who may see it; not the client it came from. */
export function setAbout(
  context: ServerContext,
  account: Account,
  about: string,
  author?: Companion,
): void {
  account.settings.about = { text: about, setAt: context.clock.now() };
  const content = [node("set", {}, Buffer.from(about))];
  for (const other of account.acquaintances) {
    if (isBlocked(account, other)) continue;
    if (!account.settings.privacy.allows("status", other)) continue;
    notify(context, other, { type: "status", from: account.pn, content });
  }
  const except = author === undefined ? {} : { except: author };
  notifyAccountSync(context, account, node("status", {}, Buffer.from(about)), except);
}
