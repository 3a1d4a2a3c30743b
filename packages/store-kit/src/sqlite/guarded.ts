import { MotteError } from "@motte/core/errors";
import { StoreKitError } from "../errors.ts";

/** Runs `work` on the database and gives a failure of SQLite its code. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MotteError) throw error;
    throw new StoreKitError(
      "STORE_KIT_UNAVAILABLE",
      "The store could not be read or written: see the cause, which SQLite gave",
      { cause: error, retryable: true },
    );
  }
}
