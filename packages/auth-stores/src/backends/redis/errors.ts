import { MotteError, hasCode } from "@motte/core/errors";
import { AuthStoreError } from "../../errors.ts";

// Error replies start with a word in capitals (Redis protocol specification, "Simple errors").
const LASTING = /^(NOAUTH|WRONGPASS|NOPERM|CROSSSLOT|EXECABORT|DENIED|UNKILLABLE|ERR)\b/;
const BUSY_SERVER = /^ERR max number of clients/;

/** The error reply of a server, as opposed to a connection that failed. */
export function errorReply(error: unknown): string | undefined {
  if (!(error instanceof Error) || !/^[A-Z]{2,}[ :]/.test(error.message)) return undefined;
  return error.message;
}

/** Whatever Redis or its client threw, with a code of ours. */
export function redisError(error: unknown, location: string): MotteError {
  if (hasCode(error, "DEADLINE_EXCEEDED"))
    return unavailable(location, "it did not answer in time", error);
  if (error instanceof MotteError) return error;
  const cause = withoutArguments(error);
  const reply = errorReply(cause);
  if (reply?.startsWith("WRONGTYPE") === true) return foreignKeys(location, cause);
  const retryable = reply === undefined || BUSY_SERVER.test(reply) || !LASTING.test(reply);
  return unavailable(location, cause.message, cause, retryable);
}

/** A key of ours holds something that we did not put there. */
export function foreignKeys(location: string, cause?: unknown): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    `A key of the session in ${location} holds something else, and nothing was changed: use another prefix, or ` +
      "find out what else writes under this one",
    { cause },
  );
}

export function unavailable(
  location: string,
  why: string,
  cause?: unknown,
  retryable = true,
): AuthStoreError {
  return new AuthStoreError("AUTH_STORE_UNAVAILABLE", `Redis at ${location} failed: ${why}`, {
    cause,
    retryable,
  });
}

/**
 * ioredis hangs the command with all its arguments, which are keys and values, on its errors, and Redis quotes the
 * arguments of a command it does not know. Neither may reach a log.
 */
function withoutArguments(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const clean = new Error(message.replace(/, with args beginning with: .*$/s, ""));
  if (error instanceof Error) clean.name = error.name;
  return clean;
}

/** For a session of a layout that is not known here. */
export function newerSchema(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_SCHEMA_NEWER",
    "A newer version of this package wrote the session, and it was left as it is: upgrade this one",
    { sessionId },
  );
}
