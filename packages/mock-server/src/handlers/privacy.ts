import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";

// The settings of a new account.
const SETTINGS: Readonly<Record<string, string>> = {
  readreceipts: "all",
  last: "all",
  online: "all",
  profile: "all",
  status: "contacts",
  groupadd: "all",
  calladd: "all",
  messages: "all",
};

/** Privacy settings, and the tokens Baileys issues to a contact after its first message to it. */
export const privacy: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "privacy",
    type: "get",
    handle(stanza, login) {
      const categories = Object.entries(SETTINGS).map(([name, value]) =>
        node("category", { name, value }),
      );
      login.send(iqResult(stanza, [node("privacy", {}, categories)]));
    },
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "privacy",
    type: "set",
    child: "tokens",
    handle(stanza, login) {
      login.send(iqResult(stanza));
    },
  },
];
