import { unlinkDevice } from "../news/devices.ts";
import { iqResult } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";

/** A client that logs itself out (`sock.logout()`). */
export const companionDevices: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "md",
    type: "set",
    child: "remove-companion-device",
    handle(stanza, login) {
      login.send(iqResult(stanza));
      unlinkDevice(login.companion, login.context);
    },
  },
];
