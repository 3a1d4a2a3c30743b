import { MotteError, hasCode } from "@motte/core/errors";
import { AuthStoreError } from "../../errors.ts";

// errno(3): no descriptor, memory or space left, a busy or failing disk. All of them may pass.
const PASSING = [
  "EMFILE",
  "ENFILE",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "EAGAIN",
  "EBUSY",
  "EINTR",
  "ENOMEM",
  "ETIMEDOUT",
];

/** Runs `work` and gives whatever the file system throws a code of ours. */
export async function withFileErrors<T>(location: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MotteError) throw error;
    throw new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      `The files of ${location} could not be read or written, and nothing was changed: ` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error, retryable: PASSING.some((code) => hasCode(error, code)) },
    );
  }
}
