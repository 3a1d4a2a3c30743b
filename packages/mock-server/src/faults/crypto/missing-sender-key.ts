import { attr } from "../../wire/binary-node.ts";
import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { defineMessageFault, encryptedParts } from "../message-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const missingSenderKey: Fault<"missing-sender-key", StanzaChoice> = defineMessageFault({
  name: "missing-sender-key",
  summary:
    "the sender's key, which opens its messages to a group, is lost; the message itself arrives",
  settings: {},
  arm: () => ({
    matches: ({ stanza }) => {
      const types = encryptedParts(stanza).map((enc) => attr(enc, "type"));
      return types.length > 1 && types.includes("skmsg");
    },
    act: (subject, pass) => {
      const stanza = withChanged(subject.stanza, "enc", (enc) =>
        attr(enc, "type") === "skmsg" ? enc : undefined,
      );
      pass({ ...subject, stanza });
    },
  }),
});
