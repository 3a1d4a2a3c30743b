import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";

/** Feature switches. None is set, so clients keep to their defaults. */
export const serverProps: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "abt",
    type: "get",
    handle(stanza, login) {
      const attrs = {
        protocol: "1",
        hash: "0",
        refresh: "86400",
        refresh_id: "1",
        delta_update: "false",
      };
      login.send(iqResult(stanza, [node("props", attrs, [])]));
    },
  },
];
