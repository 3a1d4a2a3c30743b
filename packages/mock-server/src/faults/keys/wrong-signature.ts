import { bytes } from "../../wire/binary-node.ts";
import { type BundleChoice, defineBundleFault } from "../bundle-fault.ts";
import { withChanged, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const wrongSignature: Fault<"wrong-signature", BundleChoice & StanzaChoice> =
  defineBundleFault({
    name: "wrong-signature",
    summary: "the signature of a device's signed pre-key is not that of its identity",
    onBundle: () => (user) =>
      withChanged(user, "skey/signature", (each) =>
        withContent(each, flipped(bytes(each) ?? Buffer.alloc(0), 0)),
      ),
  });
