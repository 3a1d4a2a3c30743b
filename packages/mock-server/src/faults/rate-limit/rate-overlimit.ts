import type { Fault } from "../fault.ts";
import { isRequest, refuseRequest } from "../refused-request.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

export const rateOverlimit: Fault<"rate-overlimit", StanzaChoice> = defineStanzaFault({
  name: "rate-overlimit",
  summary: "the server refuses an `<iq>` because there were too many: error 429 `rate-overlimit`",
  settings: {},
  direction: "in",
  match: { doc: "which requests of the client", fallback: { tag: "iq" } },
  arm: () => ({
    matches: ({ stanza }) => isRequest(stanza),
    act: (subject) => refuseRequest(subject, 429, "rate-overlimit"),
  }),
});
