/** Stands before what did not open. No value of ours begins with this byte, and no id of WhatsApp's with this character. */
export const UNREADABLE = "\0";

/**
 * Stored bytes that did not open, marked so that no codec takes them for a value.
 *
 * The mark is what keeps a plain value, smuggled into an encrypted session, from being read as if it had been sealed.
 */
export function unreadableBytes(stored: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(UNREADABLE), stored]);
}

/** Throws an error named `UndecryptableRecord` for bytes with the mark. */
export function assertReadable(bytes: Uint8Array): void {
  if (bytes[0] !== UNREADABLE.charCodeAt(0)) return;
  const error = new TypeError("the record does not open under the session's keys");
  error.name = "UndecryptableRecord";
  throw error;
}
