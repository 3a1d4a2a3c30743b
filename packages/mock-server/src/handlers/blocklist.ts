import { syncToOtherDevices } from "../news/account-sync.ts";
import { iqError, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { type BinaryNode, requiredAttr, requiredChild } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";

/**
 * Whom the account has blocked: `fetchBlocklist` and `updateBlockStatus` of Baileys' chats.js, which names people
 * by LID and gives the number beside it. Some clients want the list in every answer.
 */
export const blocklist: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "blocklist",
    type: "get",
    handle(stanza, login) {
      login.send(iqResult(stanza, [list(login.account)]));
    },
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "blocklist",
    type: "set",
    handle(stanza, login) {
      const item = requiredChild(stanza, "item");
      const action = requiredAttr(item, "action");
      const person = login.context.world.resolve(requiredAttr(item, "jid"))?.account;
      if (action !== "block" && action !== "unblock") {
        login.send(iqError(stanza, 400, "bad-request"));
        return;
      }
      if (person === undefined) {
        login.send(iqError(stanza, 404, "item-not-found"));
        return;
      }
      const { blocklist: blocked } = login.account.settings;
      const before = blocked.hash;
      const changed = blocked.set(person, action === "block");
      login.send(iqResult(stanza, [list(login.account, { matched: "false", c_dhash: before })]));
      if (changed) syncToOtherDevices(login, blocklistChange(login.account, person, before));
    },
  },
];

/** What an account's other clients are told of one person who was blocked or is blocked no more. */
export function blocklistChange(account: Account, person: Account, before: string): BinaryNode {
  const { blocklist: blocked } = account.settings;
  const action = blocked.has(person) ? "block" : "unblock";
  const attrs = { action: "modify", dhash: blocked.hash, prev_dhash: before };
  return node("blocklist", attrs, [node("item", { ...names(person), action })]);
}

function list({ settings }: Account, attrs: Record<string, string> = {}): BinaryNode {
  const items = settings.blocklist.accounts.map((each) => node("item", names(each)));
  return node("list", { dhash: settings.blocklist.hash, addressing_mode: "lid", ...attrs }, items);
}

function names({ lid, pn }: Account): Record<string, string> {
  return { jid: lid, pn_jid: pn };
}
