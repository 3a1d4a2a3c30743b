import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";

/**
 * Feature switches: `fetchProps` of Baileys' chats.js. The answer is always complete, also for a client that names
 * the hash of what it had: Baileys keeps the hash over a restart, but not the values.
 */
export const serverProps: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "abt",
    type: "get",
    handle(stanza, login) {
      const { props } = login.context;
      const attrs = {
        protocol: "1",
        hash: props.hash,
        refresh: "86400",
        refresh_id: String(props.refreshId),
        delta_update: "false",
      };
      const entries = props.entries.map(([config_code, config_value]) =>
        node("prop", { config_code, config_value }),
      );
      login.send(iqResult(stanza, [node("props", attrs, entries)]));
    },
  },
];
