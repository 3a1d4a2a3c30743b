import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { integerOption } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type EncryptionOptions, checkEncryption } from "./encryption/encryption-option.ts";
import type { BaileysModule } from "./peer-library.ts";

export interface AuthStateOptions {
  /** What to do when the session is missing: fail with `AUTH_STORE_NOT_FOUND`, or start one with new creds. */
  readonly create?: "never" | "if-missing";
  /**
   * Go on from the newest readable earlier creds when the current ones are corrupt, and without ratchets when the
   * journal of a folder has lost commits. @defaultValue `false`
   */
  readonly recoverCreds?: boolean;
  /**
   * Open even a session that was migrated away or is half imported. Its records may be out of date or missing, and
   * with a live copy elsewhere the two undo each other's ratchets. @defaultValue `false`
   */
  readonly ignoreMigration?: boolean;
  /** Encrypts what is stored, under a key that is not stored with it. @defaultValue stored as it is */
  readonly encryption?: EncryptionOptions;
  /** How long the session stays ours after this process stalls or loses its backend, in milliseconds. @defaultValue `15_000` */
  readonly leaseMs?: number;
  /** Memory for records kept at hand, in bytes. @defaultValue `33_554_432` */
  readonly cacheBytes?: number;
  /** The Baileys in use. @defaultValue `@whiskeysockets/baileys`, imported when opening */
  readonly baileys?: BaileysModule;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
  /** Any pino logger. @defaultValue logs nothing */
  readonly logger?: Logger;
}

/** The names of `AuthStateOptions`, for checking options that carry more. */
export const AUTH_STATE_OPTIONS: readonly (keyof AuthStateOptions)[] = [
  "create",
  "recoverCreds",
  "ignoreMigration",
  "encryption",
  "leaseMs",
  "cacheBytes",
  "baileys",
  "clock",
  "random",
  "logger",
];

/** Checked options with the defaults filled in. */
export interface CheckedAuthStateOptions extends Required<
  Omit<AuthStateOptions, "baileys" | "encryption">
> {
  readonly encryption: EncryptionOptions | undefined;
  readonly baileys: BaileysModule | undefined;
}

/** Throws a `UsageError` for an option that cannot be; does nothing else. */
export function checkAuthStateOptions(
  sessionId: string,
  options: AuthStateOptions,
): CheckedAuthStateOptions {
  const { create = "never", leaseMs = 15_000, cacheBytes = 32 * 1024 * 1024 } = options;
  assertSessionId(sessionId);
  assertCreate(create);
  checkEncryption(options.encryption);
  return {
    create,
    recoverCreds: options.recoverCreds ?? false,
    ignoreMigration: options.ignoreMigration ?? false,
    encryption: options.encryption,
    leaseMs: integerOption("leaseMs", leaseMs, { min: 100 }),
    cacheBytes: integerOption("cacheBytes", cacheBytes, { min: 0 }),
    baileys: options.baileys,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  };
}

function assertCreate(create: string): void {
  if (create === "never" || create === "if-missing") return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `create must be "never" or "if-missing", not "${create}"`,
  );
}

function assertSessionId(sessionId: unknown): void {
  if (typeof sessionId === "string" && sessionId !== "") return;
  throw new UsageError("USAGE_INVALID_OPTION", "sessionId must be a text that is not empty");
}
