import type { Fault } from "../fault.ts";
import { defineAnswerFault } from "../answer-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const dropReply: Fault<"drop-reply", StanzaChoice> = defineAnswerFault({
  name: "drop-reply",
  summary: "the server does what an `<iq>` asks for, and its reply is lost",
  settings: {},
  match: { tag: "iq" },
  isQuestion: ({ tag }) => tag === "iq",
  onAnswer: () => () => {},
});
