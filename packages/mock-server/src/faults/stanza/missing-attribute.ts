import { withAttrs, withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface MissingAttributeSettings {
  /** The attribute it lacks. */
  readonly attribute: string;
  /** Which node lacks it, as tags by slashes like `"participants/to"`; the stanza itself when empty. */
  readonly of: string;
}

export const missingAttribute: Fault<"missing-attribute", MissingAttributeSettings & StanzaChoice> =
  defineStanzaFault<"missing-attribute", MissingAttributeSettings>({
    name: "missing-attribute",
    summary: "a stanza lacks an attribute that clients rely on",
    settings: {
      attribute: text({ doc: "the attribute it lacks", fallback: "from" }),
      of: text({
        doc: 'which node lacks it, as tags by slashes like `"participants/to"`; the stanza itself when empty',
        fallback: "",
      }),
    },
    direction: "out",
    match: { doc: "which stanzas to the client", fallback: { tag: "message" } },
    arm: ({ attribute, of }) => ({
      act: (subject, pass) => {
        const lacking = withChanged(subject.stanza, of, (each) =>
          withAttrs(each, { [attribute]: undefined }),
        );
        pass({ ...subject, stanza: lacking });
      },
    }),
  });
