import type { proto } from "@whiskeysockets/baileys";

// proto.Message.ProtocolMessage.Type: the numbers are the wire format.
const REVOKE = 0;
const EPHEMERAL_SETTING = 3;
const MESSAGE_EDIT = 14;
const GROUP_MEMBER_LABEL_CHANGE = 30;

// Everything else is for our own devices only: history, app-state keys, peer data. Keys do not belong in a
// message store, and nobody but our own phone asks for these again.
const STORABLE_PROTOCOL_TYPES: ReadonlySet<number> = new Set([
  REVOKE,
  EPHEMERAL_SETTING,
  MESSAGE_EDIT,
  GROUP_MEMBER_LABEL_CHANGE,
]);

/** What a message says about another one. */
export type Amendment =
  | { readonly kind: "revoke"; readonly target: proto.IMessageKey }
  | {
      readonly kind: "edit";
      readonly target: proto.IMessageKey;
      readonly content: proto.IMessage;
      readonly editedAtMs: number | undefined;
    };

/** The message inside its wrappers, as Baileys' `normalizeMessageContent` finds it. */
export function innerMessage(message: proto.IMessage): proto.IMessage {
  let inner = message;
  // Baileys messages.js: no more than five wrappers deep.
  for (let depth = 0; depth < 5; depth++) {
    const wrapped = wrapperOf(inner)?.message;
    if (!wrapped) break;
    inner = wrapped;
  }
  return inner;
}

/** The revoke or edit that `message` carries, if it carries one. */
export function amendmentOf(message: proto.IMessage): Amendment | undefined {
  const protocol = innerMessage(message).protocolMessage;
  const target = protocol?.key;
  if (!protocol || !target) return undefined;
  // An absent enum field is its zero value in protobuf, and zero is REVOKE.
  const type: number = protocol.type ?? REVOKE;
  if (type === REVOKE) return { kind: "revoke", target };
  if (type === MESSAGE_EDIT && protocol.editedMessage) {
    return {
      kind: "edit",
      target,
      content: protocol.editedMessage,
      editedAtMs: wholeNumber(protocol.timestampMs),
    };
  }
  return undefined;
}

/**
 * The new content of a message whose edit reached Baileys' event buffer while it was still buffered itself:
 * the buffer then replaces the original by `{ editedMessage: { message } }` (event-buffer.js, messages.update).
 */
export function mergedEditOf(message: proto.IMessage): proto.IMessage | undefined {
  const content = message.editedMessage?.message;
  return content && !innerMessage(content).protocolMessage ? content : undefined;
}

/** True when the sender asked that it be seen only once. */
export function isViewOnce(message: proto.IMessage): boolean {
  if (message.viewOnceMessage || message.viewOnceMessageV2 || message.viewOnceMessageV2Extension) {
    return true;
  }
  const wrapped = wrapperOf(message)?.message;
  if (wrapped) return isViewOnce(wrapped);
  const { imageMessage, videoMessage, audioMessage, extendedTextMessage } = message;
  return [imageMessage, videoMessage, audioMessage, extendedTextMessage].some(
    (content) => content?.viewOnce,
  );
}

/** True for messages that only our own devices may see. */
export function isInternal(message: proto.IMessage): boolean {
  const protocol = innerMessage(message).protocolMessage;
  return !!protocol && !STORABLE_PROTOCOL_TYPES.has(protocol.type ?? REVOKE);
}

/** Seconds until a disappearing message is gone, if it is one. */
export function expirationSeconds(message: proto.IMessage): number | undefined {
  for (const content of Object.values(innerMessage(message))) {
    const seconds = wholeNumber(contextInfoOf(content)?.expiration);
    if (seconds !== undefined && seconds > 0) return seconds;
  }
  return undefined;
}

/** A protobuf number of any shape: `Long`, number or text. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  if (value === null || value === undefined || value === "") return undefined;
  if (isLong(value)) return numberOf(value);
  // `Long` has no valueOf and prints as its decimal digits.
  // oxlint-disable-next-line typescript/no-base-to-string -- what prints otherwise is no number, as it should
  const number = Number(typeof value === "object" ? String(value) : value);
  return Number.isSafeInteger(number) ? number : undefined;
}

interface LongLike {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

function isLong(value: {}): value is LongLike {
  const { low, high, unsigned }: { low?: unknown; high?: unknown; unsigned?: unknown } = value;
  return typeof low === "number" && typeof high === "number" && typeof unsigned === "boolean";
}

function numberOf({ low, high, unsigned }: LongLike): number | undefined {
  const number = (unsigned ? high >>> 0 : high | 0) * 4_294_967_296 + (low >>> 0);
  return Number.isSafeInteger(number) ? number : undefined;
}

function wrapperOf(message: proto.IMessage): proto.Message.IFutureProofMessage | null | undefined {
  return (
    message.ephemeralMessage ??
    message.viewOnceMessage ??
    message.documentWithCaptionMessage ??
    message.viewOnceMessageV2 ??
    message.viewOnceMessageV2Extension ??
    message.editedMessage ??
    message.associatedChildMessage ??
    message.groupStatusMessage ??
    message.groupStatusMessageV2
  );
}

function contextInfoOf(content: unknown): { readonly expiration?: unknown } | undefined {
  if (typeof content !== "object" || content === null || !("contextInfo" in content))
    return undefined;
  const { contextInfo } = content;
  return typeof contextInfo === "object" && contextInfo !== null ? contextInfo : undefined;
}
