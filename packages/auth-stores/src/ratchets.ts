/** What each contact and group agrees on anew when it is gone. */
const NEGOTIATED: ReadonlySet<string> = new Set([
  "session",
  "sender-key",
  "sender-key-memory",
  "device-list",
]);

/** Whether an old record of this family does harm, as it encrypts with keys that were used before, and none does not. */
export function isRatchet(type: string): boolean {
  return NEGOTIATED.has(type);
}
