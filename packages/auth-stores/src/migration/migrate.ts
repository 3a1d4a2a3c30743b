import { CleanupStack } from "@motte/core/cleanup";
import { differencesFrom } from "./compare.ts";
import { copyAccount, marked } from "./copy.ts";
import { type FamilyDifference, MigrationError } from "./errors.ts";
import type { ForeignSource } from "./foreign-source.ts";
import { type HeldSession, type SessionPlace, holdSession } from "./held-session.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import { IMPORTING, MIGRATED, markerBytes, movedAway } from "./markers.ts";
import {
  type CheckedSettings,
  type MigrateOptions,
  type MigrationSettings,
  assertMigrateOptions,
  checkSettings,
} from "./migrate-options.ts";
import { type OpenSource, openSource } from "./open-source.ts";
import { type MigrationPlan, assertDecided, missingSource, summaryOf } from "./plan.ts";
import type { MigrationProgress } from "./progress.ts";
import { remembered } from "./remembered.ts";
import { type AccountSource, type StoredSource, accountSource, sessionSource } from "./source.ts";
import { stateOfTarget } from "./target-state.ts";

/** What a migration has done: the plan it followed, and how it went. */
export interface MigrationReport extends Omit<MigrationPlan, "target" | "verdict" | "flags"> {
  /** Records in the target, each of them read back and compared. */
  readonly records: number;
  /** What stood at the target before. */
  readonly started: "empty" | "resumable" | "returning";
  /** Whether the source now refuses to be opened. Stores of other programs cannot be marked: do not use them again. */
  readonly sourceMarked: boolean;
}

/**
 * Copies an account into another store, checks every record there, and only then lets the target be opened.
 *
 * Both sides are locked meanwhile. The source is never changed but for a marker at the very end, which makes
 * `openAuthState` refuse it, since going on from both would undo each other's ratchets. Interrupted at any point, the
 * same call made again goes on. To go back, migrate in the other direction.
 *
 * Throws a `MigrationError`; `AUTH_STORE_IN_USE` while a bot runs on either side; `AUTH_STORE_MIGRATED` or
 * `AUTH_STORE_IMPORTING` for a source that is not the one to go on from.
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const steps = migrationSteps(options);
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
    options.onProgress?.(step.value);
  }
}

/**
 * `migrate` step by step, for a bar or to stop in between: leaving the loop gives up both sessions, and a migration
 * that was left goes on when it is started again.
 */
export async function* migrationSteps(
  options: MigrateOptions,
): AsyncGenerator<MigrationProgress, MigrationReport> {
  assertMigrateOptions("migrate", options);
  return yield* runMigration(options.from, options.to, options);
}

/** `migrationSteps` without the checks of options, from any kind of source. */
export async function* runMigration(
  from: SessionPlace | ForeignSource | StoredSource,
  to: SessionPlace,
  options: MigrationSettings,
): AsyncGenerator<MigrationProgress, MigrationReport> {
  const settings = await checkSettings(options);
  const cleanup = new CleanupStack();
  let report: MigrationReport;
  try {
    const source = cleanup.use(await openSource(from, to, settings));
    const account = remembered(source.account);
    const inventory = yield* read(account, settings);
    assertDecided(inventory, settings);
    const target = cleanup.use(await holdSession(to, true, settings));
    report = yield* transfer({ source, account, inventory, target, settings });
  } catch (error) {
    await cleanup.dispose().catch((second: unknown) => {
      settings.logger.error({ err: second }, "giving up a session after a failed migration failed");
    });
    throw error;
  } finally {
    // Reached without an error also when the caller leaves the loop; a second call does nothing.
    await cleanup.dispose();
  }
  yield { phase: "done", done: report.records, total: report.records };
  return report;
}

interface Transfer {
  readonly source: OpenSource;
  /** As it was when the inventory was taken, or as it is now. */
  readonly account: AccountSource;
  readonly inventory: Inventory;
  readonly target: HeldSession;
  readonly settings: CheckedSettings;
}

async function* transfer(parts: Transfer): AsyncGenerator<MigrationProgress, MigrationReport> {
  const { source, account, inventory, target, settings } = parts;
  const { codec, signal, clock } = settings;
  const start = await stateOfTarget(target, source.account.name, inventory);
  if (source.continues !== undefined && start.state !== "resumable") {
    throw movedAway(source.account.name.sessionId, source.continues);
  }
  if (start.state === "occupied") throw occupied();

  const total = inventory.records;
  for await (const done of copyAccount({
    source: account,
    inventory,
    target,
    start,
    codec,
    signal,
  })) {
    yield { phase: "copying", done, total };
  }
  yield* verify(parts);

  signal?.throwIfAborted();
  // The source goes first: between the two commits neither side opens, and running the migration again completes it.
  // The other way round both would.
  const { identity } = inventory;
  const atMs = clock.now();
  await source.held?.commit({
    meta: new Map([[MIGRATED, markerBytes({ to: target.name, identity, atMs })]]),
  });
  await target.commit({ meta: new Map([[IMPORTING, null]]) });

  const { verdict: _verdict, flags: _flags, ...summary } = summaryOf(inventory, settings);
  return {
    from: source.account.name,
    to: target.name,
    ...summary,
    records: total,
    started: start.state,
    sourceMarked: source.held !== undefined,
  };
}

async function* read(
  account: AccountSource,
  settings: CheckedSettings,
): AsyncGenerator<MigrationProgress, Inventory> {
  yield { phase: "reading", done: 0, total: undefined };
  const steps = takeInventory(account, settings.signal);
  for (;;) {
    const step = await steps.next();
    if (step.done === true) {
      if (step.value === null) throw missingSource(account.name.kind);
      return step.value;
    }
    yield { phase: "reading", done: step.value, total: undefined };
  }
}

/** Reads both sides anew and compares every record with what was read at first. */
async function* verify({
  source,
  inventory,
  target,
  settings,
}: Transfer): AsyncGenerator<MigrationProgress, void> {
  const { codec, signal } = settings;
  const total = inventory.records;
  const compared = async function* (
    account: AccountSource,
  ): AsyncGenerator<MigrationProgress, readonly FamilyDifference[]> {
    yield { phase: "verifying", done: 0, total };
    const steps = differencesFrom(inventory, account, signal);
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      yield { phase: "verifying", done: step.value, total };
    }
  };

  // Where every write checks its owner in the same step, nobody can have written: the last commit here proves it.
  const fenced = source.held?.fencing === "transactional";
  if (!fenced && (yield* compared(source.account)).length > 0) throw changed();
  const copy = accountSource(sessionSource(target.name, target.session), codec);
  const families = yield* compared(copy);
  if (families.length > 0) {
    // The next run must not believe that any family is copied.
    await target.commit({ meta: new Map([marked(source.account.name, inventory, new Map())]) });
    throw different(families);
  }
  yield { phase: "verifying", done: total, total };
}

function occupied(): MigrationError {
  return new MigrationError(
    "MIGRATION_TARGET_NOT_EMPTY",
    "The target session holds an account already, and it is not an interrupted migration of this one: " +
      "give another sessionId, or delete that session first",
  );
}

function changed(): MigrationError {
  return new MigrationError(
    "MIGRATION_SOURCE_CHANGED",
    "The source was written to while it was being copied: stop whatever uses it and run the migration again, which " +
      "copies what has changed. The target cannot be opened until then",
    { retryable: true },
  );
}

function different(families: MigrationError["families"]): MigrationError {
  const counts = (families ?? []).map(
    (family) =>
      `${family.type}: ${family.source} in the source, ${family.target} in the target, ${family.different} different`,
  );
  return new MigrationError(
    "MIGRATION_DIFFERENT",
    `The target does not give back what was written (${counts.join("; ") || "unreadable records"}): it cannot be ` +
      "opened. Check its storage and run the migration again; the source is as it was",
    { families },
  );
}
