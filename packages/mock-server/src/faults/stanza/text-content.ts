import { matchesStanza } from "../../passages/stanza-match.ts";
import { withChanged, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface TextContentSettings {
  /** The node with the content, as tags by slashes; the stanza itself when empty. */
  readonly child: string;
  /** The text; clients get a string for digits and for words of the protocol, and bytes for the rest. */
  readonly text: string;
}

/** Digits travel packed into half a byte each, and words of the protocol as tokens: clients decode both as strings. */
export const textContent: Fault<"text-content", TextContentSettings & StanzaChoice> =
  defineStanzaFault<"text-content", TextContentSettings>({
    name: "text-content",
    summary: "the content of a node arrives as text where clients look for bytes",
    settings: {
      child: text({
        doc: "the node with the content, as tags by slashes; the stanza itself when empty",
        fallback: "enc",
      }),
      text: text({
        doc: "the text; clients get a string for digits and for words of the protocol, and bytes for the rest",
        fallback: "0123456789",
      }),
    },
    direction: "out",
    match: { doc: "which stanzas to the client, of those that have the child", fallback: {} },
    arm: ({ child, text: content }) => ({
      matches: ({ stanza }) => child === "" || matchesStanza({ child }, stanza),
      act: (subject, pass) => {
        const changed = withChanged(subject.stanza, child, (each) => withContent(each, content));
        pass({ ...subject, stanza: changed });
      },
    }),
  });
