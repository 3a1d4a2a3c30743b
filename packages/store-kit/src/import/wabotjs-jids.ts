import type { Identities, IdentityFact, LearnReport } from "../identities/identities.ts";
import { isName, isUserJid, normalizeJid } from "../messages/address.ts";
import { type WabotjsSource, wabotjsEntries } from "./wabotjs-source.ts";

// WABotJS does not note when it learned a pair, and never unlearned one: whatever else is known is newer.
const AT_MS = 1;

/**
 * Takes over the LIDs and PNs of WABotJS (`jid_store.sqlite` of 1.0, `jid_cache.sqlite` of 1.1). Anything known
 * already, or learned later, wins over them.
 *
 * @throws StoreKitError `STORE_KIT_IMPORT_UNREADABLE`.
 */
export async function importWabotjsJids(
  source: WabotjsSource,
  identities: Pick<Identities, "learnMany">,
): Promise<LearnReport> {
  const facts: IdentityFact[] = [];
  for await (const entries of wabotjsEntries(source)) {
    for (const { key, value } of entries) {
      if (!isName(key) || !isName(value)) continue;
      const forms = [normalizeJid(key), normalizeJid(value)].filter(isUserJid);
      const lid = forms.find((form) => form.endsWith("@lid"));
      const pn = forms.find((form) => form.endsWith("@s.whatsapp.net"));
      if (lid !== undefined && pn !== undefined) {
        facts.push({ lid, pn, atMs: AT_MS, source: "import" });
      }
    }
  }
  return identities.learnMany(facts);
}
