import { iqResult } from "../replies.ts";
import type { LoginRoute } from "../routing/router.ts";

/** The route of requests that only want an answer, whatever it is. */
export function acknowledged(xmlns: string): LoginRoute {
  return {
    during: "login",
    tag: "iq",
    xmlns,
    handle(stanza, login) {
      login.send(iqResult(stanza));
    },
  };
}
