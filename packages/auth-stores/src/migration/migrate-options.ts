import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type ValueCodec, valueCodec } from "../codec/value-codec.ts";
import { type BaileysModule, importBaileys } from "../peer-library.ts";
import type { ForeignSource } from "./foreign-source.ts";
import type { SessionPlace } from "./held-session.ts";
import type { MigrationProgress } from "./progress.ts";

export interface MigrationSettings {
  /** Take the account without its ratchets, for a copy that is older than the last message. @defaultValue `false` */
  readonly identityOnly?: boolean;
  /** Read a session that is marked as migrated away or half imported all the same. @defaultValue `false` */
  readonly ignoreMigration?: boolean;
  /** Leave behind what cannot be understood. @defaultValue `false` */
  readonly skipCorrupt?: boolean;
  /** Leave behind what may or may not be records. @defaultValue `false` */
  readonly skipUnknown?: boolean;
  /** Go on although the account has findings of severity `error`. @defaultValue `false` */
  readonly acceptFindings?: boolean;
  /** How long both sessions stay locked after this process stalls, in milliseconds. @defaultValue `15_000` */
  readonly leaseMs?: number;
  /** Stops between two batches; the same call made again goes on from there. */
  readonly signal?: AbortSignal;
  /** Called with every step; for a bar. */
  readonly onProgress?: (progress: MigrationProgress) => void;
  /** The Baileys in use. @defaultValue `@whiskeysockets/baileys`, imported when starting */
  readonly baileys?: BaileysModule;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
  /** Any pino logger. @defaultValue logs nothing */
  readonly logger?: Logger;
}

export interface MigrateOptions extends MigrationSettings {
  /** A session of a backend, or the store of another program. */
  readonly from: SessionPlace | ForeignSource;
  /** A session that does not exist yet or is empty; or one that the account came from, to go back to it. */
  readonly to: SessionPlace;
}

/** The names of `MigrationSettings`. */
export const MIGRATION_SETTINGS: readonly (keyof MigrationSettings)[] = [
  "identityOnly",
  "ignoreMigration",
  "skipCorrupt",
  "skipUnknown",
  "acceptFindings",
  "leaseMs",
  "signal",
  "onProgress",
  "baileys",
  "clock",
  "random",
  "logger",
];

/** Checked settings with the defaults filled in. */
export interface CheckedSettings {
  readonly identityOnly: boolean;
  readonly ignoreMigration: boolean;
  readonly skipCorrupt: boolean;
  readonly skipUnknown: boolean;
  readonly acceptFindings: boolean;
  readonly leaseMs: number;
  readonly signal: AbortSignal | undefined;
  readonly codec: ValueCodec;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export async function checkSettings(settings: MigrationSettings): Promise<CheckedSettings> {
  const leaseMs = integerOption("leaseMs", settings.leaseMs ?? 15_000, { min: 100 });
  const baileys = settings.baileys ?? (await importBaileys());
  return {
    identityOnly: settings.identityOnly ?? false,
    ignoreMigration: settings.ignoreMigration ?? false,
    skipCorrupt: settings.skipCorrupt ?? false,
    skipUnknown: settings.skipUnknown ?? false,
    acceptFindings: settings.acceptFindings ?? false,
    leaseMs,
    signal: settings.signal,
    codec: valueCodec(baileys.proto.Message.AppStateSyncKeyData),
    clock: settings.clock ?? systemClock,
    random: settings.random ?? systemRandom,
    logger: settings.logger ?? silentLogger,
  };
}

/** Throws a `UsageError` for options that cannot be, such as a session that would be migrated into itself. */
export function assertMigrateOptions(where: string, options: MigrateOptions): void {
  assertKnownOptions(where, options, ["from", "to", ...MIGRATION_SETTINGS]);
  const { from, to } = options;
  if (!("backend" in from)) return;
  const same = from.backend.location === to.backend.location && from.sessionId === to.sessionId;
  if (!same) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "from and to name the same session: give `to` another place or another sessionId",
  );
}
