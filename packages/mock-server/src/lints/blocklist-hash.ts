import { child, children } from "../wire/binary-node.ts";
import type { Lint } from "./lint.ts";

/** whatsmeow asks for the hash of every block list. The list in an answer about keys holds `<user>`s instead. */
export const blocklistHash: Lint = {
  name: "blocklist-hash",
  check: (stanza) => {
    const list = stanza.tag === "iq" ? child(stanza, "list") : undefined;
    if (list === undefined || children(list, "user").length > 0) return undefined;
    return list.attrs["dhash"] === undefined ? "The block list has no dhash" : undefined;
  },
};
