import { iqError, iqResult } from "../../replies.ts";
import { type BinaryNode, bytes } from "../../wire/binary-node.ts";
import { defineAnswerFault } from "../answer-fault.ts";
import { withChanged, withContent } from "../changed-node.ts";
import type { Fault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import { choice } from "../setting.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

type Form = "wrong-hash" | "no-digest" | "not-found";

interface DigestMismatchSettings {
  /** A hash of other keys, a result without a digest, or error 404. */
  readonly form: Form;
}

export const digestMismatch: Fault<"digest-mismatch", DigestMismatchSettings & StanzaChoice> =
  defineAnswerFault<"digest-mismatch", DigestMismatchSettings>({
    name: "digest-mismatch",
    summary: "the server's digest of the client's own keys does not agree with what the client has",
    settings: {
      form: choice({
        doc: "a hash of other keys, a result without a digest, or error 404",
        of: ["wrong-hash", "no-digest", "not-found"],
        fallback: "wrong-hash",
      }),
    },
    match: { tag: "iq", attrs: { xmlns: "encrypt", type: "get" }, child: "digest" },
    onAnswer:
      ({ form }) =>
      (answer, pass) =>
        pass({ ...answer, stanza: mismatch(answer.stanza, form) }),
  });

function mismatch(answer: BinaryNode, form: Form): BinaryNode {
  switch (form) {
    case "wrong-hash":
      return withChanged(answer, "digest/hash", (hash) =>
        withContent(hash, flipped(bytes(hash) ?? Buffer.alloc(0), 0)),
      );
    case "no-digest":
      return iqResult(asQuestion(answer));
    case "not-found":
      return iqError(asQuestion(answer), 404, "item-not-found");
  }
}

function asQuestion({ attrs }: BinaryNode): BinaryNode {
  const { id = "", from = "" } = attrs;
  return { tag: "iq", attrs: { id, to: from } };
}
