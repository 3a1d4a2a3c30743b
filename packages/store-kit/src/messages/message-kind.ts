import type { proto } from "@whiskeysockets/baileys";
import { innerMessage } from "./message-content.ts";

/** What a message is, as far as keeping it goes. `control` says something about another message: an edit, a vote. */
export type MessageKind = "other" | "text" | "media" | "poll" | "event" | "status" | "control";

// Stored as the position, so only ever append.
export const MESSAGE_KINDS: readonly MessageKind[] = [
  "other",
  "text",
  "media",
  "poll",
  "event",
  "status",
  "control",
];

/** The first that fits is what it is. */
const CONTENT: readonly (readonly [MessageKind, readonly (keyof proto.IMessage)[]])[] = [
  [
    "control",
    [
      "protocolMessage",
      "reactionMessage",
      "encReactionMessage",
      "pollUpdateMessage",
      "encEventResponseMessage",
      "encCommentMessage",
      "keepInChatMessage",
      "pinInChatMessage",
    ],
  ],
  [
    "poll",
    [
      "pollCreationMessage",
      "pollCreationMessageV2",
      "pollCreationMessageV3",
      "pollCreationMessageV4",
      "pollCreationMessageV5",
    ],
  ],
  ["event", ["eventMessage"]],
  [
    "media",
    [
      "imageMessage",
      "videoMessage",
      "ptvMessage",
      "audioMessage",
      "documentMessage",
      "stickerMessage",
    ],
  ],
  ["text", ["conversation", "extendedTextMessage"]],
];

const RANKS: ReadonlyMap<string, number> = new Map(
  CONTENT.flatMap(([, fields], rank) => fields.map((field) => [field, rank] as const)),
);

export function kindOf(message: proto.IMessage, chat: string): MessageKind {
  let first = CONTENT.length;
  for (const [field, content] of Object.entries(innerMessage(message))) {
    if (content) first = Math.min(first, RANKS.get(field) ?? first);
  }
  const found = CONTENT[first]?.[0];
  if (found === "control") return "control";
  return chat === "status@broadcast" ? "status" : (found ?? "other");
}

/** True for polls and events: votes and answers cannot be decrypted without their `messageSecret`. */
export function isAnswerable(message: proto.IMessage): boolean {
  return ["poll", "event"].includes(kindOf(message, ""));
}
