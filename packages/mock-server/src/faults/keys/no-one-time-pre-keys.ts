import { type BundleChoice, defineBundleFault } from "../bundle-fault.ts";
import { withChanged } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

/** Still a valid bundle: X3DH goes without a one-time key. */
export const noOneTimePreKeys: Fault<"no-one-time-pre-keys", BundleChoice & StanzaChoice> =
  defineBundleFault({
    name: "no-one-time-pre-keys",
    summary: "the keys of a device come without a one-time pre-key, as when it has none left",
    onBundle: () => (user) => withChanged(user, "key", () => undefined),
  });
