import { notifyAccountSync } from "../news/account-sync.ts";
import type { ServerContext } from "../context.ts";
import { iqError, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { requiredAttr, requiredChild } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";

/** How long messages last in chats the account starts: `updateDefaultDisappearingMode` of Baileys' chats.js. */
export const disappearingMode: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "disappearing_mode",
    type: "set",
    handle(stanza, { account, companion, context, connection }) {
      const seconds = Number(requiredAttr(requiredChild(stanza, "disappearing_mode"), "duration"));
      if (!Number.isSafeInteger(seconds) || seconds < 0) {
        connection.send(iqError(stanza, 400, "bad-request"));
        return;
      }
      setDisappearingMode(context, account, seconds, companion);
      connection.send(iqResult(stanza));
    },
  },
];

/** Changes the mode and tells the account's clients; not the one it came from. */
export function setDisappearingMode(
  context: ServerContext,
  account: Account,
  seconds: number,
  author?: Companion,
): void {
  const setAt = context.clock.now();
  account.settings.disappearingMode = { seconds, setAt };
  const t = String(Math.floor(setAt / 1000));
  const change = node("disappearing_mode", { duration: String(seconds), t });
  notifyAccountSync(context, account, change, author === undefined ? {} : { except: author });
}
