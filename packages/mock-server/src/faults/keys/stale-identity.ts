import { keyPairFromBytes, sign } from "../../wire/curve.ts";
import { type BinaryNode, bytes, requiredChild } from "../../wire/binary-node.ts";
import { type BundleChoice, defineBundleFault } from "../bundle-fault.ts";
import { withChanged, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

/** libsignal signs a public key with its type byte in front. */
const CURVE_TYPE = Buffer.from([5]);

/** The signature is right, so no client can tell before the device fails to read what was encrypted for it. */
export const staleIdentity: Fault<"stale-identity", BundleChoice & StanzaChoice> =
  defineBundleFault({
    name: "stale-identity",
    summary:
      "the keys of a device come with an identity it no longer has, and it cannot read what they encrypt",
    onBundle: ({ random }) => {
      const identity = keyPairFromBytes(random.bytes(32));
      return (user) => {
        if (isRefused(user)) return user;
        const signedKey = bytes(requiredChild(requiredChild(user, "skey"), "value"));
        const signature = sign(identity, Buffer.concat([CURVE_TYPE, signedKey ?? Buffer.alloc(0)]));
        const signed = withChanged(user, "skey/signature", (each) => withContent(each, signature));
        return withChanged(signed, "identity", (each) => withContent(each, identity.public));
      };
    },
  });

function isRefused({ content }: BinaryNode): boolean {
  return Array.isArray(content) && content.some(({ tag }) => tag === "error");
}
