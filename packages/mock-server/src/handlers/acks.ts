import type { StanzaFamily } from "../router.ts";
import { attr } from "../wire/binary-node.ts";

/** "I have your stanza", or for a message with an error, "I will not take it". Either way it is settled. */
export const acks: StanzaFamily = [
  {
    during: "login",
    tag: "ack",
    handle(stanza, { companion }) {
      const id = attr(stanza, "id");
      const kind = attr(stanza, "class");
      if (id === undefined || kind === undefined) return;
      const refused = kind === "message" && attr(stanza, "error") !== undefined;
      if (refused) companion.mailbox.settleByRefusal(id);
      else companion.mailbox.settle({ kind, id, type: attr(stanza, "type") });
    },
  },
  // The answer to the phone's notification in pairing by code.
  { during: "pairing", tag: "ack", handle() {} },
];
