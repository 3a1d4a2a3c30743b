import { withAttrs } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { defineMessageFault } from "../message-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

/** Unlike a duplicate stanza it cannot be told by its id. */
export const duplicateCounter: Fault<"duplicate-counter", StanzaChoice> = defineMessageFault({
  name: "duplicate-counter",
  summary: "the same ciphertext comes again, as another message with an id of its own",
  settings: {},
  arm: (_, { random }) => ({
    act: (subject, pass) => {
      pass(subject);
      const id = `3EB0${random.bytes(9).toString("hex").toUpperCase()}`;
      pass({ ...subject, stanza: withAttrs(subject.stanza, { id }) });
    },
  }),
});
