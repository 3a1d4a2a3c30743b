import { setImmediate } from "node:timers/promises";
import { bytesDigest, canonicalDigest } from "./canonical-digest.ts";
import { AccountChecks, type Finding } from "./findings.ts";
import type { CorruptEntry } from "./foreign-source.ts";
import type { KnownDigests, NormalisationKind } from "./normalise.ts";
import type { AccountSource, SourceCreds } from "./source.ts";

/** Everything about an account but its values. */
export interface Inventory {
  readonly creds: SourceCreds;
  readonly credsDigest: string;
  /** Whose account it is, as a digest. */
  readonly identity: string;
  /** The digest of everything. */
  readonly fingerprint: string;
  readonly records: number;
  readonly families: ReadonlyMap<string, FamilyInventory>;
  readonly corrupt: readonly CorruptEntry[];
  readonly unknown: readonly string[];
  readonly normalisations: ReadonlyMap<NormalisationKind, number>;
  readonly findings: readonly Finding[];
}

interface FamilyInventory {
  readonly bytes: number;
  readonly digests: ReadonlyMap<string, string>;
}

/** Reads a whole account and checks it, yielding the number of records so far; `null` when it has no creds. */
export async function* takeInventory(
  source: AccountSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<number, Inventory | null> {
  signal?.throwIfAborted();
  const creds = await source.readCreds();
  if (creds === null) return null;
  const families = new Map<string, { bytes: number; digests: Map<string, string> }>();
  const corrupt: CorruptEntry[] = [];
  const unknown: string[] = [];
  const normalisations = new Map<NormalisationKind, number>();
  const countNormalisation = (kind: NormalisationKind): void => {
    normalisations.set(kind, (normalisations.get(kind) ?? 0) + 1);
  };
  const checks = new AccountChecks();
  let records = 0;

  if (creds.legacy) countNormalisation("legacy-bytes");
  for await (const page of source.pages()) {
    signal?.throwIfAborted();
    for (const entry of page) {
      if (entry.entry === "corrupt") corrupt.push(entry);
      else if (entry.entry === "unknown") unknown.push(entry.name);
      else {
        const { type, id, bytes, value, digest, normalisation } = entry;
        let family = families.get(type);
        if (family === undefined) families.set(type, (family = { bytes: 0, digests: new Map() }));
        family.bytes += bytes.length;
        family.digests.set(id, digest);
        checks.record(type, id, value);
        if (normalisation !== undefined) countNormalisation(normalisation);
        records += 1;
      }
    }
    // Some stores answer within the same turn; the leases are renewed by timers, which have to get theirs.
    await setImmediate();
    yield records;
  }
  const credsDigest = canonicalDigest(creds.creds);
  return {
    creds,
    credsDigest,
    identity: canonicalDigest(creds.creds.noiseKey.public),
    fingerprint: fingerprintOf(credsDigest, families),
    records,
    families,
    corrupt,
    unknown,
    normalisations,
    findings: checks.findings(creds.creds),
  };
}

/** The digests that were taken, for reading the same records again. */
export function digestsOf({ families }: Pick<Inventory, "families">): KnownDigests {
  return (type, id) => families.get(type)?.digests.get(id);
}

function fingerprintOf(
  credsDigest: string,
  families: ReadonlyMap<string, { readonly digests: ReadonlyMap<string, string> }>,
): string {
  // Sorted, since stores list their records in an order of their own.
  const sorted = [...families].map(([type, { digests }]) => [type, [...digests].toSorted(byId)]);
  return bytesDigest(Buffer.from(JSON.stringify([credsDigest, sorted.toSorted(byId)])));
}

function byId([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
