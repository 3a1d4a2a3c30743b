import { MotteError, hasCode } from "@motte/core/errors";
import { AuthStoreError } from "../../errors.ts";

// errno(3): no space left, on the disk, in the quota or below the limit of a file's size.
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];
// Those, no descriptor or memory left, a busy or failing disk. All of them may pass.
const PASSING = [
  "EMFILE",
  "ENFILE",
  ...FULL,
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
    const isFull = FULL.some((code) => hasCode(error, code));
    throw new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      `The files of ${location} could not be read or written, and nothing was changed: ` +
        (error instanceof Error ? error.message : String(error)) +
        (isFull ? ". Free space or raise the limit, then try again" : ""),
      { cause: error, retryable: PASSING.some((code) => hasCode(error, code)) },
    );
  }
}
