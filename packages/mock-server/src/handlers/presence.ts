import type { StanzaFamily } from "../router.ts";
import { attr } from "../wire/binary-node.ts";

/** Presence and typing. Baileys also sends a presence without any attribute, which means nothing. */
export const presence: StanzaFamily = [
  {
    during: "login",
    tag: "presence",
    handle(stanza, { companion }) {
      const name = attr(stanza, "name");
      if (name !== undefined) companion.pushName = name;
    },
  },
  { during: "login", tag: "chatstate", handle() {} },
  { during: "pairing", tag: "presence", handle() {} },
];
