import { bytes, child, children } from "../wire/binary-node.ts";
import { type Lint, anywhere } from "./lint.ts";

/** Baileys leaves out a companion without a key index, whatsapp-rust the whole user if the signed list is not there. */
export const keyIndex: Lint = {
  name: "key-index",
  check: (stanza) =>
    anywhere(stanza, (node) => {
      const list = node.tag === "devices" ? child(node, "device-list") : undefined;
      const companions = list
        ? children(list, "device").filter(({ attrs }) => attrs["id"] !== "0")
        : [];
      if (companions.length === 0) return undefined;
      if (companions.some(({ attrs }) => attrs["key-index"] === undefined)) {
        return "A companion in <device-list> has no key-index";
      }
      const signed = child(node, "key-index-list");
      return signed && bytes(signed)?.length ? undefined : "<key-index-list> is missing or empty";
    }),
};
