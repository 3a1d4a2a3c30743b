import { setImmediate } from "node:timers/promises";
import type { WriteOp } from "../backend.ts";
import { encodeCreds } from "../codec/creds-codec.ts";
import type { ValueCodec } from "../codec/value-codec.ts";
import { bytesDigest } from "./canonical-digest.ts";
import type { HeldSession } from "./held-session.ts";
import { type Inventory, digestsOf } from "./inventory.ts";
import { IMPORTING, MIGRATED, type SessionName, markerBytes } from "./markers.ts";
import type { MigratedRecord } from "./normalise.ts";
import type { AccountSource } from "./source.ts";
import type { TargetState } from "./target-state.ts";

const REMOVALS_AT_ONCE = 500;

export interface CopyParts {
  readonly source: AccountSource;
  readonly inventory: Inventory;
  readonly target: HeldSession;
  readonly start: Exclude<TargetState, { readonly state: "occupied" }>;
  readonly codec: ValueCodec;
  readonly signal: AbortSignal | undefined;
}

/**
 * Copies every record in batches, then the creds, yielding how many records are done.
 *
 * From the first commit until the target is opened for use it is marked as importing, and each batch says how far it
 * has got. Where something was copied before, only what differs is written and what is gone is removed.
 */
export async function* copyAccount(parts: CopyParts): AsyncGenerator<number, void> {
  const { inventory, target, start } = parts;
  const copied = new Map(finishedFamilies(parts));
  const finished = new Set(copied.keys());
  const name = parts.source.name;
  // Whoever is left with a stale marker at the place the account returns to would refuse to open it.
  const stale = start.state === "returning" ? [[MIGRATED, null] as const] : [];
  await target.commit({ meta: new Map([...stale, marked(name, inventory, copied)]) });

  let done = sum(copied.values());
  for await (const batch of batchesOf(parts, finished)) {
    parts.signal?.throwIfAborted();
    const ops = await changedBy(batch, parts);
    for (const { type } of batch) copied.set(type, (copied.get(type) ?? 0) + 1);
    await target.commit({ ops, meta: new Map([marked(name, inventory, copied)]) });
    done += batch.length;
    // As in an inventory: a turn for the timers that renew the leases.
    await setImmediate();
    yield done;
  }
  if (start.state !== "empty") await removeOthers(parts);
  parts.signal?.throwIfAborted();
  await target.commit({
    creds: encodeCreds(inventory.creds.creds),
    meta: new Map([marked(name, inventory, copied)]),
  });
}

// A family counts as copied only when nothing has changed at the source since; the verification reads it anyway.
function finishedFamilies({ inventory, start }: CopyParts): readonly (readonly [string, number])[] {
  if (start.state !== "resumable") return [];
  if (start.marker.fingerprint !== inventory.fingerprint) return [];
  return start.marker.copied.filter(
    ([type, records]) => inventory.families.get(type)?.digests.size === records,
  );
}

async function* batchesOf(
  { source, inventory }: CopyParts,
  finished: ReadonlySet<string>,
): AsyncGenerator<readonly MigratedRecord[]> {
  for await (const page of source.pages(digestsOf(inventory))) {
    const batch = page.filter(
      (entry): entry is MigratedRecord => entry.entry === "record" && !finished.has(entry.type),
    );
    if (batch.length > 0) yield batch;
  }
}

async function changedBy(
  batch: readonly MigratedRecord[],
  { target, start, codec }: CopyParts,
): Promise<readonly WriteOp[]> {
  const puts: WriteOp[] = [];
  for (const [type, records] of byType(batch)) {
    const ids = records.map(({ id }) => id);
    const present = start.state === "empty" ? [] : await target.session.read(type, ids);
    records.forEach(({ id, bytes, digest }, index) => {
      const there = present[index] ?? null;
      if (there !== null && digestOf(type, there, codec) === digest) return;
      puts.push({ op: "put", type, id, value: bytes });
    });
  }
  return puts;
}

function byType(batch: readonly MigratedRecord[]): Map<string, MigratedRecord[]> {
  const families = new Map<string, MigratedRecord[]>();
  for (const record of batch) {
    const family = families.get(record.type) ?? [];
    families.set(record.type, family);
    family.push(record);
  }
  return families;
}

function digestOf(type: string, bytes: Uint8Array, codec: ValueCodec): string | undefined {
  try {
    return bytesDigest(codec.encode(type, codec.decode(type, bytes)));
  } catch {
    // Decoding does no I/O: these bytes are not a record, so they are written again.
    return undefined;
  }
}

async function removeOthers({ inventory, target }: CopyParts): Promise<void> {
  for (const type of await target.session.types()) {
    const wanted = inventory.families.get(type)?.digests;
    let dels: WriteOp[] = [];
    for await (const id of target.session.ids(type)) {
      if (wanted?.has(id) !== true) dels.push({ op: "del", type, id });
      if (dels.length < REMOVALS_AT_ONCE) continue;
      await target.commit({ ops: dels });
      dels = [];
    }
    if (dels.length > 0) await target.commit({ ops: dels });
  }
}

/** The target's marker while `inventory` is being copied there. */
export function marked(
  from: SessionName,
  { identity, fingerprint }: Pick<Inventory, "identity" | "fingerprint">,
  copied: ReadonlyMap<string, number>,
): readonly [string, Uint8Array] {
  return [IMPORTING, markerBytes({ from, identity, fingerprint, copied: [...copied] })];
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
