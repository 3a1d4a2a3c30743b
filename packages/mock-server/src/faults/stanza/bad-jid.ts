import { withAttrs, withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface BadJidSettings {
  /** The attribute with the JID. */
  readonly attribute: string;
  /** Which node, as tags by slashes; the stanza itself when empty. */
  readonly of: string;
  /** What stands there. */
  readonly jid: string;
}

export const badJid: Fault<"bad-jid", BadJidSettings & StanzaChoice> = defineStanzaFault<
  "bad-jid",
  BadJidSettings
>({
  name: "bad-jid",
  summary: "a stanza names somebody by a JID that is none",
  settings: {
    attribute: text({ doc: "the attribute with the JID", fallback: "from" }),
    of: text({ doc: "which node, as tags by slashes; the stanza itself when empty", fallback: "" }),
    jid: text({ doc: "what stands there", fallback: "not-a-jid" }),
  },
  direction: "out",
  match: { doc: "which stanzas to the client", fallback: { tag: "message" } },
  arm: ({ attribute, of, jid }) => ({
    act: (subject, pass) => {
      const changed = withChanged(subject.stanza, of, (each) =>
        withAttrs(each, { [attribute]: jid }),
      );
      pass({ ...subject, stanza: changed });
    },
  }),
});
