import { MotteError } from "@motte/core/errors";
import { StoreKitError } from "../errors.ts";

const NOT_A_MEMBER = 403;
const NO_SUCH_GROUP = 404;
const TOO_MANY_REQUESTS = 429;

/** True when the server asks for fewer requests. */
export function isRateLimit(error: unknown): boolean {
  return codeOf(error) === TOO_MANY_REQUESTS;
}

/** True when there is nothing to fetch, however often it is tried. */
export function isNoAccess(error: unknown): boolean {
  const code = codeOf(error);
  return code === NOT_A_MEMBER || code === NO_SUCH_GROUP;
}

/**
 * The server's code in an error of Baileys: `query` puts the number in `data` (WABinary/generic-utils.js,
 * assertNodeErrorFree), `groupMetadata` in `output.statusCode` (Socket/groups.js, extractGroupMetadata).
 */
function codeOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  if ("data" in error && typeof error.data === "number") return error.data;
  const output = "output" in error ? error.output : undefined;
  return typeof output === "object" && output !== null && "statusCode" in output
    ? output.statusCode
    : undefined;
}

export function notFetched(error: unknown): Error {
  if (error instanceof MotteError) return error;
  return new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "A group's metadata could not be fetched: see the cause. A send goes on with what is known, or Baileys asks itself",
    { cause: error, retryable: true },
  );
}
