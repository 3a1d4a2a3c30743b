import type { Random } from "@motte/core/random";
import { type BinaryNode, attr } from "../../wire/binary-node.ts";
import { keyPairFromBytes } from "../../wire/curve.ts";
import { withAttrs, withChanged, withContent } from "../changed-node.ts";
import { withRatchetKey, withoutSessionStart } from "../ciphertext.ts";
import type { Fault } from "../fault.ts";
import { defineMessageFault, encryptedParts } from "../message-fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

/** Clients ask for such a message by a retry receipt, and get it in a new session. */
export const unknownSession: Fault<"unknown-session", StanzaChoice> = defineMessageFault({
  name: "unknown-session",
  summary: "a message is encrypted in a Signal session that the client does not have",
  settings: {},
  arm: (_, { random }) => ({
    matches: ({ stanza }) => encryptedParts(stanza).some(isForOne),
    act: (subject, pass) =>
      pass({
        ...subject,
        stanza: withChanged(subject.stanza, "enc", (enc) =>
          isForOne(enc) ? inOtherSession(enc, random) : enc,
        ),
      }),
  }),
});

function isForOne(enc: BinaryNode): boolean {
  const type = attr(enc, "type");
  return type === "pkmsg" || type === "msg";
}

function inOtherSession(enc: BinaryNode, random: Random): BinaryNode {
  if (attr(enc, "type") === "pkmsg") {
    return withAttrs(withContent(enc, withoutSessionStart(enc)), { type: "msg" });
  }
  return withContent(enc, withRatchetKey(enc, keyPairFromBytes(random.bytes(32)).public));
}
