import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { issueToken, tokenNode } from "../routing/trusted-contacts.ts";
import { attr, children, requiredAttr, requiredChild } from "../wire/binary-node.ts";

/**
 * Tokens for trusted contacts: `issuePrivacyTokens` of Baileys' messages-send.js gives one out after the first
 * message of a week to a person, and after an error 463. The answer has the token that person once gave in return.
 */
export const trustedContacts: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "privacy",
    type: "set",
    child: "tokens",
    handle(stanza, login) {
      const { account: by, context } = login;
      const received = children(requiredChild(stanza, "tokens"), "token").flatMap((asked) => {
        const to = context.world.resolve(requiredAttr(asked, "jid"))?.account;
        if (to === undefined) return [];
        const t = attr(asked, "t");
        issueToken(context, t === undefined ? { by, to } : { by, to, t: Number(t) });
        const returned = context.world.trustedContacts.token(to, by);
        return returned === undefined ? [] : [tokenNode(returned, to)];
      });
      login.send(
        iqResult(stanza, received.length === 0 ? undefined : [node("tokens", {}, received)]),
      );
    },
  },
];
