import type { Fault } from "../fault.ts";
import { isRequest, refuseRequest } from "../refused-request.ts";
import { integer, text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

interface IqErrorSettings {
  /** The code of the error. */
  readonly code: number;
  /** Its text. */
  readonly text: string;
}

export const iqError: Fault<"iq-error", IqErrorSettings & StanzaChoice> = defineStanzaFault<
  "iq-error",
  IqErrorSettings
>({
  name: "iq-error",
  summary: "the server refuses an `<iq>` and does not do what it asks for",
  settings: {
    code: integer({ doc: "the code of the error", fallback: 500 }),
    text: text({ doc: "its text", fallback: "internal-server-error" }),
  },
  direction: "in",
  match: { doc: "which requests of the client", fallback: { tag: "iq" } },
  arm: ({ code, text: reason }) => ({
    matches: ({ stanza }) => isRequest(stanza),
    act: (subject) => refuseRequest(subject, code, reason),
  }),
});
