import { withAttrs, withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

/** With `times: "always"` Baileys asks on without a pause (chats.js resyncAppState). */
export const endlessPatches: Fault<"endless-patches", StanzaChoice> = defineStanzaFault<
  "endless-patches",
  object
>({
  name: "endless-patches",
  summary: "an answer says of every collection that there are more patches",
  settings: {},
  direction: "out",
  match: {
    doc: "answers with collections",
    fallback: { tag: "iq", attrs: { type: "result" }, child: "sync/collection/patches" },
  },
  arm: () => ({
    act: (subject, pass) => {
      const stanza = withChanged(subject.stanza, "sync/collection", (collection) =>
        withAttrs(collection, { has_more_patches: "true" }),
      );
      pass({ ...subject, stanza });
    },
  }),
});
