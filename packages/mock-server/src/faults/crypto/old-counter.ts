import { type BinaryNode, attr } from "../../wire/binary-node.ts";
import type { Stanza } from "../../passages/passages.ts";
import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { defineMessageFault, encryptedParts } from "../message-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

/** What a sender does whose keys were put back from a backup. */
export const oldCounter: Fault<"old-counter", StanzaChoice> = defineMessageFault({
  name: "old-counter",
  summary:
    "a message comes with the ciphertext of an earlier one of the same sender, and its own content is lost; there has to be an earlier one since the rule was made",
  settings: {},
  arm: () => {
    // The first one of each kind.
    const earlier = new Map<string, BinaryNode>();
    return {
      matches: (subject) => {
        const parts = encryptedParts(subject.stanza).map((enc) => ({
          name: nameOf(enc, subject),
          enc,
        }));
        const isLater = parts.every(({ name }) => earlier.has(name));
        for (const { name, enc } of parts) if (!earlier.has(name)) earlier.set(name, enc);
        return isLater;
      },
      act: (subject, pass) => {
        const stanza = withChanged(
          subject.stanza,
          "enc",
          (enc) => earlier.get(nameOf(enc, subject)) ?? enc,
        );
        pass({ ...subject, stanza });
      },
    };
  },
});

/** Who encrypted for whom, and how. */
function nameOf(enc: BinaryNode, { connection, stanza }: Stanza): string {
  const { from, participant } = stanza.attrs;
  return [connection.companion?.lid, from, participant, attr(enc, "type")].join(" ");
}
