import { hasCode } from "@motte/core/errors";
import { encodeCreds } from "../codec/creds-codec.ts";
import { MigrationError, type MigrationFlag } from "./errors.ts";
import type { Finding } from "./findings.ts";
import type { CorruptEntry } from "./foreign-source.ts";
import { type HeldSession, type SessionPlace, holdSession } from "./held-session.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import type { SessionName } from "./markers.ts";
import {
  type CheckedSettings,
  type MigrateOptions,
  assertMigrateOptions,
  checkSettings,
} from "./migrate-options.ts";
import type { NormalisationKind } from "./normalise.ts";
import { type OpenSource, openSource } from "./open-source.ts";
import { type TargetState, stateOfTarget } from "./target-state.ts";

/** What a migration would do. Holds ids, which may be phone numbers, and no values. */
export interface MigrationPlan {
  readonly from: SessionName;
  readonly to: SessionName;
  /** What stands at the target now. `occupied`: the migration would be refused. */
  readonly target: TargetState["state"];
  /** `clean`, or `needs-flags` when it would be refused without the options in `flags`. */
  readonly verdict: "clean" | "needs-flags";
  readonly flags: readonly MigrationFlag[];
  readonly families: readonly FamilyCount[];
  /** Bytes of the creds. */
  readonly credsBytes: number;
  readonly normalisations: readonly { readonly kind: NormalisationKind; readonly count: number }[];
  readonly corrupt: readonly Omit<CorruptEntry, "entry">[];
  /** Files, fields or keys of which it is not known what they are. */
  readonly unknown: readonly string[];
  readonly findings: readonly Finding[];
}

export interface FamilyCount {
  readonly type: string;
  readonly records: number;
  /** As they will be stored. */
  readonly bytes: number;
}

/**
 * Reads the source and looks at the target, and writes to neither.
 *
 * Both are locked meanwhile, so the bot has to be stopped. Throws what `migrate` would throw for a source that cannot
 * be read at all.
 */
export async function planMigration(options: MigrateOptions): Promise<MigrationPlan> {
  assertMigrateOptions("planMigration", options);
  const settings = await checkSettings(options);
  await using source = await openSource(options.from, options.to, settings);
  const inventory = await readAll(source, settings, options);
  const { kind, location } = options.to.backend;
  return {
    from: source.account.name,
    to: { kind, location, sessionId: options.to.sessionId },
    target: await targetOf(options.to, source, inventory, settings),
    ...summaryOf(inventory, settings),
  };
}

/** The part of a plan that is about the account. */
export function summaryOf(
  inventory: Inventory,
  settings: Pick<CheckedSettings, MigrationFlag>,
): Omit<MigrationPlan, "from" | "to" | "target"> {
  const flags = missingFlags(inventory, settings);
  return {
    verdict: flags.length === 0 ? "clean" : "needs-flags",
    flags,
    families: [...inventory.families]
      .map(([type, { bytes, digests }]) => ({ type, records: digests.size, bytes }))
      .toSorted((a, b) => (a.type < b.type ? -1 : 1)),
    credsBytes: encodeCreds(inventory.creds.creds).length,
    normalisations: [...inventory.normalisations].map(([kind, count]) => ({ kind, count })),
    corrupt: inventory.corrupt.map(({ type, id, reason }) => ({ type, id, reason })),
    unknown: inventory.unknown,
    findings: inventory.findings,
  };
}

/** Throws `MIGRATION_NEEDS_FLAGS` unless everything that needs a decision has one. */
export function assertDecided(inventory: Inventory, settings: CheckedSettings): void {
  const flags = missingFlags(inventory, settings);
  if (flags.length === 0) return;
  const { corrupt, unknown, findings } = inventory;
  const errors = findings.filter(({ severity }) => severity === "error");
  throw new MigrationError(
    "MIGRATION_NEEDS_FLAGS",
    `The source holds ${corrupt.length} corrupt records, ${unknown.length} entries of which it is not known what they ` +
      `are, and ${errors.length} errors in its creds: look at planMigration(), then pass ${flags.join(", ")} to go on`,
    { flags },
  );
}

export function missingSource(kind: string): MigrationError {
  return new MigrationError(
    "MIGRATION_SOURCE_EMPTY",
    `The ${kind} source has no creds, so there is no account to migrate: check its name and place`,
  );
}

function missingFlags(
  { corrupt, unknown, findings }: Inventory,
  settings: Pick<CheckedSettings, MigrationFlag>,
): readonly MigrationFlag[] {
  const needed: [MigrationFlag, boolean][] = [
    ["skipCorrupt", corrupt.length > 0],
    ["skipUnknown", unknown.length > 0],
    ["acceptFindings", findings.some(({ severity }) => severity === "error")],
  ];
  return needed.filter(([flag, need]) => need && !settings[flag]).map(([flag]) => flag);
}

async function readAll(
  source: OpenSource,
  settings: CheckedSettings,
  { onProgress }: MigrateOptions,
): Promise<Inventory> {
  const reading = takeInventory(source.account, settings.signal);
  for (;;) {
    const step = await reading.next();
    if (step.done === true) {
      if (step.value === null) throw missingSource(source.account.name.kind);
      return step.value;
    }
    onProgress?.({ phase: "reading", done: step.value, total: undefined });
  }
}

async function targetOf(
  to: SessionPlace,
  source: OpenSource,
  inventory: Inventory,
  settings: CheckedSettings,
): Promise<TargetState["state"]> {
  let held: HeldSession;
  try {
    held = await holdSession(to, false, settings);
  } catch (error) {
    if (hasCode(error, "AUTH_STORE_NOT_FOUND")) return "empty";
    throw error;
  }
  await using target = held;
  return (await stateOfTarget(target, source.account.name, inventory)).state;
}
