import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface UnknownTagSettings {
  /** The tag it has. */
  readonly tag: string;
  /** Which node, as tags by slashes; the stanza itself when empty. */
  readonly of: string;
}

export const unknownTag: Fault<"unknown-tag", UnknownTagSettings & StanzaChoice> =
  defineStanzaFault<"unknown-tag", UnknownTagSettings>({
    name: "unknown-tag",
    summary: "a stanza, or a node in it, has a tag no client knows",
    settings: {
      tag: text({ doc: "the tag it has", fallback: "mystery" }),
      of: text({
        doc: "which node, as tags by slashes; the stanza itself when empty",
        fallback: "",
      }),
    },
    direction: "out",
    match: { doc: "which stanzas to the client", fallback: { tag: "message" } },
    arm: ({ tag, of }) => ({
      act: (subject, pass) =>
        pass({
          ...subject,
          stanza: withChanged(subject.stanza, of, (each) => ({ ...each, tag })),
        }),
    }),
  });
