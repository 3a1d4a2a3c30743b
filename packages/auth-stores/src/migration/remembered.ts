import type { MigratedEntry } from "./normalise.ts";
import type { AccountSource } from "./source.ts";

// An account of some ten thousand records. What is larger is read again, as there may be no room for it.
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * An account of which the second reading is what the first one found, if that was not too large: one reading less of
 * the store. Whoever needs to know what the store holds by now reads `account` itself.
 */
export function remembered(account: AccountSource): AccountSource {
  let kept: (readonly MigratedEntry[])[] | undefined;
  return {
    ...account,
    async *pages(known) {
      if (known !== undefined && kept !== undefined) {
        const pages = kept;
        kept = undefined;
        // One by one, so that each can go when it is done with.
        for (let page = pages.shift(); page !== undefined; page = pages.shift()) yield page;
        return;
      }
      const pages: (readonly MigratedEntry[])[] = [];
      let room = MOST_BYTES;
      for await (const page of account.pages(known)) {
        if (room >= 0) {
          for (const entry of page) if (entry.entry === "record") room -= entry.bytes.length;
          if (room < 0) pages.length = 0;
          else pages.push(page.map(withoutValue));
        }
        yield page;
      }
      kept = room < 0 ? undefined : pages;
    },
  };
}

/** What a record means has been looked at by then. */
function withoutValue(entry: MigratedEntry): MigratedEntry {
  const holdsOne = entry.entry === "record" && entry.value !== undefined;
  return holdsOne ? { ...entry, value: undefined } : entry;
}
