import { hasCode } from "@motte/core/errors";

/**
 * Somebody stopped a command before it was done: by Ctrl-C, SIGTERM, or by reading its output no further. It is no `MotteError`,
 * as those may be told of one session, or tried again.
 */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly code = "CLI_INTERRUPTED";
}

/** What ended a command: why it was stopped, where what was under way says no more than that it was. */
export function causeOfEnd(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && hasCode(error, "ABORT_ERR") ? signal.reason : error;
}
