import { ack } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { requiredAttr } from "../wire/binary-node.ts";

/** A client has a part of the history: its phone hears of it. */
export const history: StanzaFamily = [
  {
    during: "login",
    tag: "receipt",
    type: "hist_sync",
    handle(stanza, login) {
      login.send(ack(stanza));
      login.account.primary.onHistoryConfirmed(requiredAttr(stanza, "id"));
    },
  },
];
