import { UsageError, hasCode } from "@motte/core/errors";

/** What the process's exit code says. */
export const EXIT = {
  ok: 0,
  /** The command ran and something did not hold. */
  failed: 1,
  /** The command was called in a way it cannot serve; nothing was changed. */
  usage: 2,
  /** Two things that should be equal are not, or a doctor has found something. */
  differences: 3,
  /** Another process has the session open. */
  inUse: 4,
} as const;

/** Errors of the packages that are about how `motte` was called. */
const USAGE_CODES = ["MOCK_PORT_IN_USE", "MOCK_IN_PRODUCTION"];

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (USAGE_CODES.some((code) => hasCode(error, code))) return EXIT.usage;
  if (hasCode(error, "AUTH_STORE_IN_USE")) return EXIT.inUse;
  if (hasCode(error, "MIGRATION_DIFFERENT")) return EXIT.differences;
  return EXIT.failed;
}
