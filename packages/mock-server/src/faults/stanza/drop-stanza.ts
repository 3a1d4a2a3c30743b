import type { Fault } from "../fault.ts";
import { type DirectedChoice, defineDirectedFault } from "../stanza-fault.ts";

/**
 * What is lost on its way to the client stays in the client's mailbox, if it is of the kind that is confirmed: it
 * comes again after the next login.
 */
export const dropStanza: Fault<"drop-stanza", DirectedChoice> = defineDirectedFault({
  name: "drop-stanza",
  summary: "a stanza is lost on its way",
  settings: {},
  match: { doc: "which stanzas", fallback: {} },
  arm: () => ({ act: () => {} }),
});
