import { bytes } from "../wire/binary-node.ts";
import { type Lint, anywhere, missing } from "./lint.ts";

/** whatsmeow reads the version of every `<enc>` and drops one it does not know. */
export const encryptedContent: Lint = {
  name: "encrypted-content",
  check: (stanza) =>
    anywhere(stanza, (node) => {
      if (node.tag !== "enc" || stanza.tag !== "message") return undefined;
      if (node.attrs["v"] !== "2") return '<enc> has not v="2"';
      if (!bytes(node)?.length) return "<enc> is empty";
      return missing(node, ["type"]);
    }),
};
