import { isRatchet } from "../ratchets.ts";
import type { AccountSource } from "./source.ts";

/**
 * The account without its ratchets: creds, pre-keys, app state and LID mappings stay.
 *
 * Going on from an old ratchet encrypts with keys that have been used before; without it Signal negotiates a new one.
 * Pre-key ids start past every one that is known to have been made.
 */
export function identityOnly(source: AccountSource): AccountSource {
  return {
    name: source.name,
    readCreds: async () => {
      const found = await source.readCreds();
      if (found === null) return null;
      let highest = 0;
      for await (const page of source.pages()) {
        for (const entry of page) {
          if (entry.entry === "record" && entry.type === "pre-key") {
            highest = Math.max(highest, Number(entry.id) || 0);
          }
        }
      }
      const nextPreKeyId = Math.max(found.creds.nextPreKeyId, highest + 1);
      return { ...found, creds: { ...found.creds, nextPreKeyId } };
    },
    async *pages(known) {
      for await (const page of source.pages(known)) {
        yield page.filter((entry) => entry.entry === "unknown" || !isRatchet(entry.type));
      }
    },
  };
}
