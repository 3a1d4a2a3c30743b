import { ack } from "../replies.ts";
import { receiptIds } from "../routing/receipt-ids.ts";
import { routeReceipt } from "../routing/receipts.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { attr } from "../wire/binary-node.ts";

/** What became of messages the client was given: they are settled, and their senders hear of it. */
export const receipts: StanzaFamily = [
  {
    during: "login",
    tag: "receipt",
    handle(stanza, login) {
      const { companion: sender, context } = login;
      const isRetry = attr(stanza, "type") === "retry";
      for (const id of receiptIds(stanza)) {
        if (isRetry) sender.mailbox.settleByRetry(id);
        else sender.mailbox.settle({ kind: "message", id });
      }
      login.send(ack(stanza));
      routeReceipt({ stanza, sender, context });
    },
  },
];
