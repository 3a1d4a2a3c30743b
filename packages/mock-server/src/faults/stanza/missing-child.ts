import { matchesStanza } from "../../passages/stanza-match.ts";
import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface MissingChildSettings {
  /** The child it lacks, as tags by slashes like `"list/user"`. */
  readonly child: string;
}

export const missingChild: Fault<"missing-child", MissingChildSettings & StanzaChoice> =
  defineStanzaFault<"missing-child", MissingChildSettings>({
    name: "missing-child",
    summary: "a stanza lacks a child that clients rely on",
    settings: {
      child: text({
        doc: 'the child it lacks, as tags by slashes like `"list/user"`',
        fallback: "enc",
      }),
    },
    direction: "out",
    match: { doc: "which stanzas to the client, of those that have the child", fallback: {} },
    arm: ({ child }) => ({
      matches: ({ stanza }) => matchesStanza({ child }, stanza),
      act: (subject, pass) =>
        pass({ ...subject, stanza: withChanged(subject.stanza, child, () => undefined) }),
    }),
  });
