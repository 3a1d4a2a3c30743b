import { ack } from "../replies.ts";
import { receiptIds } from "../routing/receipt-ids.ts";
import { routeReceipt } from "../routing/receipts.ts";
import { settledSender } from "../routing/settlement.ts";
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
      const author = settledSender(stanza, context.world);
      for (const id of receiptIds(stanza)) {
        const message = { kind: "message", id, ...author };
        if (isRetry) sender.mailbox.settleByRetry(message);
        else sender.mailbox.settle(message);
      }
      login.send(ack(stanza));
      routeReceipt({ stanza, sender, context });
    },
  },
];
