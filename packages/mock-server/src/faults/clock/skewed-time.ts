import type { BinaryNode } from "../../wire/binary-node.ts";
import { withAttrs, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface SkewedTimeSettings {
  /** By how much, in milliseconds; below 0 is in the past. */
  readonly ms: number;
}

const SECONDS = /^\d+$/;

/** With `{ times: "always" }` the server's clock looks wrong throughout. */
export const skewedTime: Fault<"skewed-time", SkewedTimeSettings & StanzaChoice> =
  defineStanzaFault<"skewed-time", SkewedTimeSettings>({
    name: "skewed-time",
    summary: "every `t` in a stanza is off, as from a server whose clock is wrong",
    settings: {
      ms: integer({
        doc: "by how much, in milliseconds; below 0 is in the past",
        fallback: 3_600_000,
        min: Number.MIN_SAFE_INTEGER,
      }),
    },
    direction: "out",
    match: { doc: "which stanzas to the client, of those with a `t`", fallback: {} },
    arm: ({ ms }) => ({
      matches: ({ stanza }) => hasTime(stanza),
      act: (subject, pass) => pass({ ...subject, stanza: skewed(subject.stanza, ms) }),
    }),
  });

function hasTime({ attrs, content }: BinaryNode): boolean {
  return SECONDS.test(attrs["t"] ?? "") || (Array.isArray(content) && content.some(hasTime));
}

function skewed(node: BinaryNode, ms: number): BinaryNode {
  const { t = "" } = node.attrs;
  const late = SECONDS.test(t)
    ? withAttrs(node, { t: String(Math.max(0, Math.floor(Number(t) + ms / 1000))) })
    : node;
  return Array.isArray(node.content)
    ? withContent(
        late,
        node.content.map((each) => skewed(each, ms)),
      )
    : late;
}
