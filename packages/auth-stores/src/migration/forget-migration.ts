import { type Clock, systemClock } from "@motte/core/clock";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import type { WriteOp } from "../backend.ts";
import { isRatchet } from "../ratchets.ts";
import { withRetries } from "../retry.ts";
import { type SessionPlace, holdSession } from "./held-session.ts";
import { MIGRATED, readMarkers, stillImporting } from "./markers.ts";

const LEASE_MS = 15_000;

export interface ForgetMigrationOptions extends SessionPlace {
  /**
   * Keep Signal sessions and sender keys. Only right when the other copy has never been connected: going on from older
   * ones uses message keys twice. @defaultValue `false`
   */
  readonly keepRatchets?: boolean;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
  /** Any pino logger. @defaultValue logs nothing */
  readonly logger?: Logger;
}

/**
 * Lets a session be opened again that was migrated to another store, which must be gone for good: two copies of one
 * account ruin each other's ratchets. To bring back what the other copy has, migrate it back instead.
 *
 * The marker and the ratchets go in one step; false, and nothing changes, for a session that has not moved. Throws
 * `AUTH_STORE_IN_USE` while it is open, `AUTH_STORE_IMPORTING` for one that is half imported and
 * `AUTH_STORE_NOT_FOUND`.
 */
export async function forgetMigration(options: ForgetMigrationOptions): Promise<boolean> {
  assertKnownOptions("forgetMigration", options, [
    "backend",
    "sessionId",
    "keepRatchets",
    "clock",
    "random",
    "logger",
  ]);
  const { clock = systemClock, random = systemRandom, logger = silentLogger } = options;
  await using held = await holdSession(options, false, {
    leaseMs: LEASE_MS,
    clock,
    random,
    logger,
  });
  const { session, commit } = held;
  const { importing, migrated } = await withRetries(clock, () => readMarkers(session));
  if (importing !== undefined) throw stillImporting(options.sessionId);
  if (migrated === undefined) return false;
  const ops: WriteOp[] = [];
  if (options.keepRatchets !== true) {
    for (const type of await session.types()) {
      if (!isRatchet(type)) continue;
      for await (const id of session.ids(type)) ops.push({ op: "del", type, id });
    }
  }
  await commit({ ops, meta: new Map([[MIGRATED, null]]) });
  return true;
}
