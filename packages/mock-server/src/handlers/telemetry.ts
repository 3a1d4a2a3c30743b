import { iqResult } from "../replies.ts";
import type { LoginRoute, StanzaFamily } from "../router.ts";

const acknowledged = (xmlns: string): LoginRoute => ({
  during: "login",
  tag: "iq",
  xmlns,
  handle(stanza, login) {
    login.send(iqResult(stanza));
  },
});

/** What clients report and only want confirmed: statistics, and that they have seen to a dirty account part. */
export const telemetry: StanzaFamily = [
  acknowledged("w:stats"),
  acknowledged("urn:xmpp:whatsapp:dirty"),
];
