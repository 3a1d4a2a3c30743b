import { setImmediate } from "node:timers/promises";
import { canonicalDigest } from "./canonical-digest.ts";
import type { FamilyDifference } from "./errors.ts";
import { type Inventory, digestsOf } from "./inventory.ts";
import type { AccountSource } from "./source.ts";

/** How the records of one family compare. */
interface Tally {
  found: number;
  same: number;
  different: number;
}

/**
 * Reads an account anew and holds it against an inventory, yielding the number of records so far. Gives back where
 * they differ, which is nowhere when they hold the same.
 */
export async function* differencesFrom(
  inventory: Inventory,
  account: AccountSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<number, readonly FamilyDifference[]> {
  signal?.throwIfAborted();
  const creds = await account.readCreds();
  if (creds === null) return [{ type: "creds", source: 1, target: 0, different: 0 }];
  const digests = digestsOf(inventory);
  const tallies = new Map<string, Tally>();
  let records = 0;
  for await (const page of account.pages(digests)) {
    signal?.throwIfAborted();
    for (const entry of page) {
      if (entry.entry !== "record") continue;
      const tally = tallies.get(entry.type) ?? { found: 0, same: 0, different: 0 };
      tallies.set(entry.type, tally);
      const wanted = digests(entry.type, entry.id);
      tally.found += 1;
      if (wanted === entry.digest) tally.same += 1;
      else if (wanted !== undefined) tally.different += 1;
      records += 1;
    }
    // As in an inventory: a turn for the timers that renew the leases.
    await setImmediate();
    yield records;
  }
  const differences: FamilyDifference[] = [];
  if (canonicalDigest(creds.creds) !== inventory.credsDigest) {
    differences.push({ type: "creds", source: 1, target: 1, different: 1 });
  }
  for (const type of new Set([...inventory.families.keys(), ...tallies.keys()])) {
    const source = inventory.families.get(type)?.digests.size ?? 0;
    const { found, same, different } = tallies.get(type) ?? { found: 0, same: 0, different: 0 };
    if (found === source && same === source) continue;
    differences.push({ type, source, target: found, different });
  }
  return differences;
}
