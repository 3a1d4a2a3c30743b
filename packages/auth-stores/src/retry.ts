import type { Clock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import { AuthStoreError } from "./errors.ts";

// Together just over a second: longer than a busy database or a dropped connection usually needs, shorter than
// the 3 s after which Baileys (auth-utils.js commitWithRetry) tries again on its own.
const DELAYS_MS = [50, 200, 800];

/** Runs `work` again, a few times, while it fails with a retryable error. The last error is thrown. */
export async function withRetries<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (const delayMs of DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      const known = asStoreError(error);
      if (!known.retryable) throw known;
    }
    await clock.sleep(delayMs);
  }
  try {
    return await work();
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Errors of Motte as they are, anything else a backend throws as a retryable `AUTH_STORE_UNAVAILABLE`. */
function asStoreError(error: unknown): MotteError {
  if (error instanceof MotteError) return error;
  return new AuthStoreError("AUTH_STORE_UNAVAILABLE", "The auth backend failed; see the cause", {
    cause: error,
    retryable: true,
  });
}
