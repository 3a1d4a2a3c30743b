import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";

/** The assistants WhatsApp offers: `getBotListV2` of Baileys' chats.js. There are none. */
export const bots: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "bot",
    type: "get",
    handle(stanza, login) {
      const section = node("section", { type: "all" }, []);
      login.send(iqResult(stanza, [node("bot", { v: "2" }, [section])]));
    },
  },
];
