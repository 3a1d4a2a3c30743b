import { iqError, iqResult, node } from "../../replies.ts";
import {
  type BinaryNode,
  attr,
  children,
  requiredAttr,
  requiredChild,
} from "../../wire/binary-node.ts";
import type { Fault } from "../fault.ts";
import { choice, integer, text } from "../setting.ts";
import { type StanzaChoice, defineStanzaFault } from "../stanza-fault.ts";

type Scope = "collection" | "request";

interface PatchConflictSettings {
  /** The code of the error. */
  readonly code: number;
  /** Its text. */
  readonly text: string;
  /** An error of the collection, as the server gives it, or of the whole request. */
  readonly scope: Scope;
}

/** Another device was faster, as far as the client is told. Only an error of the whole request makes Baileys throw (chats.js appPatch). */
export const patchConflict: Fault<"patch-conflict", PatchConflictSettings & StanzaChoice> =
  defineStanzaFault<"patch-conflict", PatchConflictSettings>({
    name: "patch-conflict",
    summary: "the server refuses a patch of the client's and does not keep it",
    settings: {
      code: integer({ doc: "the code of the error", fallback: 409 }),
      text: text({ doc: "its text", fallback: "conflict" }),
      scope: choice({
        doc: "an error of the collection, as the server gives it, or of the whole request",
        of: ["collection", "request"],
        fallback: "collection",
      }),
    },
    direction: "in",
    match: {
      doc: "uploads of the client",
      fallback: { tag: "iq", attrs: { type: "set" }, child: "sync/collection/patch" },
    },
    arm: ({ code, text: reason, scope }) => ({
      act: ({ connection, stanza }) => {
        const answer =
          scope === "request" ? iqError(stanza, code, reason) : refusal(stanza, code, reason);
        connection.sendAsItIs(answer);
      },
    }),
  });

function refusal(upload: BinaryNode, code: number, reason: string): BinaryNode {
  const collections = children(requiredChild(upload, "sync"), "collection").map((collection) =>
    node(
      "collection",
      {
        name: requiredAttr(collection, "name"),
        version: attr(collection, "version") ?? "0",
        type: "error",
      },
      [node("error", { code: String(code), text: reason })],
    ),
  );
  return iqResult(upload, [node("sync", {}, collections)]);
}
