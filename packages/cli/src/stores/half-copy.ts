import { hasCode } from "@motte/core/errors";

/**
 * Runs what copies a session, and says how to go on when a store, a full disk for example, ends that in the middle. Of such
 * an error the package says that nothing was changed, which is so of the one batch it is about.
 */
export async function withHalfCopyExplained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, "AUTH_STORE_UNAVAILABLE")) throw error;
    const reason = error.message.replace(", and nothing was changed", "").replace(/\.$/, "");
    error.message =
      `${reason}. Mend that and run the same call again: it goes on where it stopped. A half copy does not open; ` +
      "to give it up, motte reset removes it";
    throw error;
  }
}
