import type { Fault } from "../fault.ts";
import { defineAnswerFault } from "../answer-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const dropAck: Fault<"drop-ack", StanzaChoice> = defineAnswerFault({
  name: "drop-ack",
  summary: "the server takes a message, receipt or call, and its `<ack>` is lost",
  settings: {},
  match: { tag: "message" },
  isQuestion: ({ tag }) => tag !== "iq",
  onAnswer: () => () => {},
});
