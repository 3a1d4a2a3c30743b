import type { Login } from "../session/login.ts";
import { sendPresence, setAvailable } from "../news/presence.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { mayReach, tokensIn } from "../routing/trusted-contacts.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";

/**
 * Who is there: `sendPresenceUpdate` and `presenceSubscribe` of Baileys' chats.js. Baileys also sends a presence
 * with nothing but a name when it learns its own, and one without any attribute, which means nothing.
 */
export const presence: StanzaFamily = [
  {
    during: "login",
    tag: "presence",
    handle(stanza, login) {
      const name = attr(stanza, "name");
      if (name !== undefined && name !== "") login.companion.pushName = name;
      const type = attr(stanza, "type");
      if (type === "available" || type === "unavailable") {
        setAvailable(login, type === "available");
      } else if (type === "subscribe") {
        subscribe(stanza, login);
      } else if (type === "unsubscribe") {
        const target = login.context.world.resolve(requiredAttr(stanza, "to"));
        if (target !== undefined) login.watching.delete(target.account);
      }
    },
  },
  { during: "pairing", tag: "presence", handle() {} },
];

/** The answer is the presence itself. Whoever must not see it hears nothing. */
function subscribe(stanza: BinaryNode, login: Login): void {
  const target = login.context.world.resolve(requiredAttr(stanza, "to"));
  if (target === undefined) return;
  const { account: viewer, context } = login;
  if (!mayReach(context, { from: viewer, to: target.account }, tokensIn(stanza))) return;
  login.watching.set(target.account, target.jid.server);
  sendPresence(login, target.account);
}
