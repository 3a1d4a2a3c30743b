import { attr } from "../../wire/binary-node.ts";
import { defineFault } from "../fault.ts";
import type { Fault } from "../fault.ts";

export const pingSilence: Fault<"ping-silence", object> = defineFault({
  name: "ping-silence",
  place: "stanzaIn",
  summary: "a keep-alive of the client's is not answered",
  settings: {},
  arm: () => ({
    matches: ({ stanza }) => stanza.tag === "iq" && attr(stanza, "xmlns") === "w:p",
    act: () => {},
  }),
});
