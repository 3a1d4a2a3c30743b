import { ack } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";
import { requiredAttr } from "../wire/binary-node.ts";

/** A client has processed a part of the history: its phone hears of it, and may throw the file away. */
export const history: StanzaFamily = [
  {
    during: "login",
    tag: "receipt",
    type: "hist_sync",
    handle(stanza, login) {
      login.send(ack(stanza));
      login.account.primary.onHistoryProcessed(requiredAttr(stanza, "id"));
    },
  },
];
