import { type BundleChoice, defineBundleFault } from "../bundle-fault.ts";
import type { Fault } from "../fault.ts";
import { refusedBundle } from "../refused-bundle.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

export const bundleMissing: Fault<"bundle-missing", BundleChoice & StanzaChoice> =
  defineBundleFault({
    name: "bundle-missing",
    summary: "the server has no keys of the devices a client asks for: error 404 for each",
    onBundle: () => refusedBundle,
  });
