import { withChanged } from "../changed-node.ts";
import { withBadMac } from "../ciphertext.ts";
import type { Fault } from "../fault.ts";
import { defineMessageFault } from "../message-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const badMac: Fault<"bad-mac", StanzaChoice> = defineMessageFault({
  name: "bad-mac",
  summary: "a message was changed on its way: its MAC, or in a group its signature, is wrong",
  settings: {},
  arm: () => ({
    act: (subject, pass) =>
      pass({ ...subject, stanza: withChanged(subject.stanza, "enc", withBadMac) }),
  }),
});
