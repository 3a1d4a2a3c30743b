/** What the process's exit code says. */
export const EXIT = {
  ok: 0,
  /** The command ran and something did not hold. */
  failed: 1,
  /** The command was called in a way it cannot serve; nothing was changed. */
  usage: 2,
} as const;
