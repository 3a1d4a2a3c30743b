import type { StanzaFamily } from "../routing/router.ts";
import { child } from "../wire/binary-node.ts";

/** `ib`: the client asks for its offline stanzas, or says something that needs no answer. */
export const infoBroadcast: StanzaFamily = [
  {
    during: "login",
    tag: "ib",
    async handle(stanza, login) {
      if (child(stanza, "offline_batch") === undefined) return;
      login.drain();
      await login.startSyncWhenReady();
    },
  },
  { during: "pairing", tag: "ib", handle() {} },
];
