import { child, children } from "../wire/binary-node.ts";
import type { Lint } from "./lint.ts";

/** whatsmeow ignores a pairing request that has more than one child. */
export const onePairingChild: Lint = {
  name: "one-pairing-child",
  check: (stanza) => {
    const pairing = ["pair-device", "pair-success"].find((tag) => child(stanza, tag));
    if (stanza.tag !== "iq" || pairing === undefined || children(stanza).length === 1) {
      return undefined;
    }
    return `<${pairing}> is not the only child of its iq`;
  },
};
