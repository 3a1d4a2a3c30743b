import type { StoreCheck } from "../finding.ts";

/** A session in plain where a key was named, or beside sessions that are encrypted. */
export const notEncrypted: StoreCheck = ({ sessions, shown, keyIsNamed }) =>
  keyIsNamed || sessions.some(({ isEncrypted }) => isEncrypted === true)
    ? sessions.flatMap(({ sessionId, isEncrypted }) =>
        isEncrypted === false
          ? [
              {
                id: "not-encrypted",
                severity: "warning",
                sessionId,
                found: keyIsNamed
                  ? "A key was named, and the session is not encrypted: it was read without."
                  : "Other sessions of the store are encrypted, and this one is not.",
                remedy: `Encrypt it: motte seal "${placeOf(shown)}#${sessionId}"; and give its bot the key.`,
              } as const,
            ]
          : [],
      )
    : [];

/** The name of a store without that of a session. */
function placeOf(store: string): string {
  return store.split("#", 1)[0] ?? store;
}
