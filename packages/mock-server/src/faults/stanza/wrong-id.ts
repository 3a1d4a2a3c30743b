import { defineAnswerFault } from "../answer-fault.ts";
import { withAttrs } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { text } from "../setting.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

interface WrongIdSettings {
  /** The id it has. */
  readonly id: string;
}

export const wrongId: Fault<"wrong-id", WrongIdSettings & StanzaChoice> = defineAnswerFault<
  "wrong-id",
  WrongIdSettings
>({
  name: "wrong-id",
  summary: "the reply to an `<iq>`, or the ack of a message, has an id that nobody asked with",
  settings: { id: text({ doc: "the id it has", fallback: "nobody-asked" }) },
  match: { tag: "iq" },
  onAnswer:
    ({ id }) =>
    (answer, pass) =>
      pass({ ...answer, stanza: withAttrs(answer.stanza, { id }) }),
});
