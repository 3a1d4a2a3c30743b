import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";

/** Nobody is blocked. Some clients want the list itself even so. */
export const blocklist: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "blocklist",
    handle(stanza, login) {
      login.send(iqResult(stanza, [node("list", { dhash: "0" }, [])]));
    },
  },
];
