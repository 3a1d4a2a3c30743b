import { iqResult } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { child } from "../wire/binary-node.ts";

/** The client turns active: from now on it can be given stanzas. */
export const passive: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "passive",
    type: "set",
    async handle(stanza, login) {
      login.send(iqResult(stanza));
      if (child(stanza, "active") === undefined) return;
      login.drain();
      await login.startSyncWhenReady();
    },
  },
];
