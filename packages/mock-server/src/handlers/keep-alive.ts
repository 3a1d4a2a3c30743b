import { unixTime } from "../context.ts";
import { iqResult } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";

/** Pings, with or without a child. A client that hears nothing for 35 s gives the connection up. */
export const keepAlive: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:p",
    handle(stanza, login) {
      const reply = iqResult(stanza);
      login.send({ ...reply, attrs: { ...reply.attrs, t: unixTime(login.context.clock) } });
    },
  },
  {
    during: "pairing",
    tag: "iq",
    xmlns: "w:p",
    handle(stanza, { connection }) {
      connection.send(iqResult(stanza));
    },
  },
];
