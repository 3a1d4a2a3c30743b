import { routeMessage } from "../routing/messages.ts";
import { isForNewsletter, publishToNewsletter } from "./newsletters/publish.ts";
import type { StanzaFamily } from "../routing/router.ts";

/** Messages. Each gets one ack, before anybody gets a copy. */
export const messages: StanzaFamily = [
  {
    during: "login",
    tag: "message",
    handle(stanza, login) {
      if (isForNewsletter(stanza)) return publishToNewsletter(stanza, login);
      const { companion: sender, context } = login;
      const routed = routeMessage({ stanza, sender, context });
      login.send(routed.ack);
      routed.deliver();
    },
  },
];
