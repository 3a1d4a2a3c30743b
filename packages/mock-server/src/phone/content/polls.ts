import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import type { Random } from "@motte/core/random";
import { UsageError } from "@motte/core/errors";
import { proto } from "../../wire/baileys.ts";
import { type MessageReference, messageKey } from "./message-reference.ts";

/** A question with answers to choose from. */
export interface Poll {
  /** What is asked. */
  readonly question: string;
  /** The answers. */
  readonly options: readonly string[];
  /** How many options one may choose; 0 is any number. @defaultValue `1` */
  readonly selectable?: number;
}

const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A poll. Votes are encrypted with the secret in it, which only its readers know. */
export function pollMessage(
  { question, options, selectable = 1 }: Poll,
  random: Random,
): proto.IMessage {
  return {
    messageContextInfo: { messageSecret: random.bytes(SECRET_BYTES) },
    pollCreationMessageV3: {
      name: question,
      options: options.map((optionName) => ({ optionName })),
      selectableOptionsCount: selectable,
    },
  };
}

export interface Vote {
  readonly poll: MessageReference;
  /** The user JID of who made the poll. */
  readonly creator: string;
  /** The user JID of who votes. */
  readonly voter: string;
}

/** A vote for these options; none takes the vote back. Throws a `UsageError` for an option the poll does not have. */
export function voteMessage(
  vote: Vote,
  chosen: readonly string[],
  { random, atMs }: { readonly random: Random; readonly atMs: number },
): proto.IMessage {
  const names = pollOptions(vote.poll.message);
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `The poll has no option "${unknown}", only: ${names.join(", ")}`,
    );
  }
  const payload = proto.Message.PollVoteMessage.encode({
    selectedOptions: chosen.map(optionHash),
  }).finish();
  const { key, aad } = voteKey(vote);
  const encIv = random.bytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, encIv).setAAD(aad);
  const encPayload = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  return {
    pollUpdateMessage: {
      pollCreationMessageKey: messageKey(vote.poll),
      vote: { encPayload, encIv },
      senderTimestampMs: atMs,
    },
  };
}

/** The options somebody chose. Throws when the vote was not made by `voter` for this poll. */
export function openVote(vote: Vote, update: proto.Message.IPollUpdateMessage): readonly string[] {
  const { encPayload, encIv } = update.vote ?? {};
  if (!encPayload || !encIv) throw new Error("The vote is empty");
  const { key, aad } = voteKey(vote);
  const sealed = Buffer.from(encPayload);
  const decipher = createDecipheriv("aes-256-gcm", key, encIv).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const opened = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  const { selectedOptions } = proto.Message.PollVoteMessage.decode(opened);
  return pollOptions(vote.poll.message).filter((name) =>
    selectedOptions.some((hash) => optionHash(name).equals(hash)),
  );
}

/** Baileys process-message.js: decryptPollVote. */
function voteKey({ poll, creator, voter }: Vote): { readonly key: Buffer; readonly aad: Buffer } {
  const secret = poll.message.messageContextInfo?.messageSecret;
  if (!secret) throw new UsageError("USAGE_INVALID_OPTION", "This message is not a poll");
  const purpose = Buffer.concat([
    Buffer.from(`${poll.id}${creator}${voter}Poll Vote`),
    Buffer.from([1]),
  ]);
  const root = createHmac("sha256", Buffer.alloc(32)).update(secret).digest();
  const key = createHmac("sha256", root).update(purpose).digest();
  return { key, aad: Buffer.from(`${poll.id}\u0000${voter}`) };
}

function pollOptions(message: proto.IMessage): readonly string[] {
  const { pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 } = message;
  const poll = pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3;
  return (poll?.options ?? []).flatMap(({ optionName }) => optionName ?? []);
}

function optionHash(name: string): Buffer {
  return createHash("sha256").update(name).digest();
}
