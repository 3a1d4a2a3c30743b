import { MotteError, type MotteErrorOptions } from "@motte/core/errors";

export type MigrationErrorCode =
  /** The source has no creds, so there is no account to migrate. Nothing was changed. */
  | "MIGRATION_SOURCE_EMPTY"
  /** The source cannot be read as what it was said to be. Nothing was changed. */
  | "MIGRATION_SOURCE_UNREADABLE"
  /** The source was written to meanwhile. The target is not in use yet; run the migration again. */
  | "MIGRATION_SOURCE_CHANGED"
  /** The source holds something that is only left behind when asked to; see `flags`. Nothing was changed. */
  | "MIGRATION_NEEDS_FLAGS"
  /** The target holds something else already. Nothing was changed. */
  | "MIGRATION_TARGET_NOT_EMPTY"
  /** What was read back from the target is not what was copied; see `families`. The target is not in use. */
  | "MIGRATION_DIFFERENT"
  /** Not a bundle, or one that was cut short. */
  | "MIGRATION_BUNDLE_INVALID"
  /** A newer version of this package made the bundle. */
  | "MIGRATION_BUNDLE_NEWER"
  /** The passphrase is wrong, or the bundle was altered: the two cannot be told apart. */
  | "MIGRATION_BUNDLE_LOCKED";

/** How one family differs between source and target. No ids, no values. */
export interface FamilyDifference {
  /** A record family, or `"creds"`. */
  readonly type: string;
  /** Records in the source. */
  readonly source: number;
  /** Records in the target. */
  readonly target: number;
  /** Records that are in both and not the same. */
  readonly different: number;
}

/** What a migration has to be told before it leaves something behind or goes on in spite of it. */
export type MigrationFlag = "skipCorrupt" | "skipUnknown" | "acceptFindings";

export interface MigrationErrorOptions extends MotteErrorOptions {
  readonly families?: readonly FamilyDifference[] | undefined;
  readonly flags?: readonly MigrationFlag[] | undefined;
}

/** Everything that stops a migration for a reason of its own. Branch on `code`. */
export class MigrationError extends MotteError<MigrationErrorCode> {
  /** With `MIGRATION_DIFFERENT`: what differs. */
  readonly families: readonly FamilyDifference[] | undefined;
  /** With `MIGRATION_NEEDS_FLAGS`: the options that would let it go on. */
  readonly flags: readonly MigrationFlag[] | undefined;

  constructor(code: MigrationErrorCode, message: string, options: MigrationErrorOptions = {}) {
    const { families, flags, ...rest } = options;
    super(code, message, rest);
    this.families = families;
    this.flags = flags;
  }
}
