import { StoreKitError } from "../errors.ts";

/** A reply that is text. */
export function textReply(reply: unknown): string {
  if (typeof reply === "string") return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  throw unexpectedReply();
}

/** A reply that is a list. */
export function listReply(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpectedReply();
}

/** What is under a key of ours is not what we put there. */
export function unexpectedReply(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_BODY_UNREADABLE",
    "A key of ours in Redis holds something else: use another prefix, or find out what else writes under this one",
  );
}
