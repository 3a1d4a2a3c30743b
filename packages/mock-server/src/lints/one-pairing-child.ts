import { child, children } from "../wire/binary-node.ts";
import type { Lint } from "./lint.ts";

/** whatsmeow ignores a pairing request that has more than one child. */
export const onePairingChild: Lint = {
  name: "one-pairing-child",
  check: (stanza) => {
    if (stanza.tag !== "iq" || children(stanza).length === 1) return undefined;
    const pairing = ["pair-device", "pair-success"].find((tag) => child(stanza, tag));
    return pairing && `<${pairing}> is not the only child of its iq`;
  },
};
