import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { encodeCreds } from "../codec/creds-codec.ts";
import {
  COST,
  type BundleContent,
  type BundleFamily,
  openBundle,
  sealBundle,
} from "./bundle-format.ts";
import type { SessionPlace } from "./held-session.ts";
import { type MigrationReport, runMigration } from "./migrate.ts";
import { MIGRATION_SETTINGS, type MigrationSettings, checkSettings } from "./migrate-options.ts";
import { MigrationError, type MigrationFlag } from "./errors.ts";
import type { ForeignSource } from "./foreign-source.ts";
import { openSource } from "./open-source.ts";
import { missingSource } from "./plan.ts";
import type { StoredEntry } from "./normalise.ts";
import { type StoredSource, paged } from "./source.ts";

export interface ExportBundleOptions extends Omit<
  MigrationSettings,
  "acceptFindings" | "onProgress"
> {
  /** A session of a backend, or the store of another program. It stays the one to go on from. */
  readonly from: SessionPlace | ForeignSource;
  /** What will open the bundle. As strong as the place it is kept in is open. */
  readonly passphrase: string;
  /** scrypt's cost as a power of two; each step doubles time and memory. @defaultValue `17` (128 MiB, some tenths of a second) */
  readonly cost?: number;
}

export interface ImportBundleOptions extends Omit<MigrationSettings, "ignoreMigration"> {
  readonly bundle: Uint8Array;
  readonly passphrase: string;
  /** A session that does not exist yet or is empty. */
  readonly to: SessionPlace;
  /**
   * Take the account without its ratchets. Only say `false` for the very last state of an account that nobody has used
   * since. @defaultValue `true` for a bundle older than `freshMs`
   */
  readonly identityOnly?: boolean;
  /** Up to which age a bundle's ratchets are taken, in milliseconds. @defaultValue `300_000` */
  readonly freshMs?: number;
}

/**
 * An account as one encrypted file, for another machine or for a safe.
 *
 * The session is locked meanwhile, so the bot has to be stopped. Throws as `migrate` does for what it cannot read.
 */
export async function exportBundle(options: ExportBundleOptions): Promise<Uint8Array> {
  const own = ["from", "passphrase", "cost"];
  assertKnownOptions("exportBundle", options, [...own, ...MIGRATION_SETTINGS]);
  const { passphrase } = options;
  const cost = integerOption("cost", options.cost ?? 17, COST);
  assertPassphrase(passphrase);
  const settings = await checkSettings(options);
  await using source = await openSource(options.from, undefined, settings);
  const creds = await source.account.readCreds();
  if (creds === null) throw missingSource(source.account.name.kind);
  const families = new Map<string, { id: string; value: Uint8Array }[]>();
  for await (const page of source.account.pages()) {
    settings.signal?.throwIfAborted();
    for (const entry of page) {
      if (entry.entry === "record") {
        const family = families.get(entry.type) ?? [];
        families.set(entry.type, family);
        family.push({ id: entry.id, value: entry.bytes });
      } else {
        const flag: MigrationFlag = entry.entry === "corrupt" ? "skipCorrupt" : "skipUnknown";
        if (!settings[flag]) throw leftBehind(flag);
      }
    }
  }
  const content: BundleContent = {
    createdAtMs: settings.clock.now(),
    identityOnly: settings.identityOnly,
    creds: encodeCreds(creds.creds),
    families: [...families].map(([type, records]): BundleFamily => ({ type, records })),
  };
  return sealBundle(content, { passphrase, cost, random: settings.random });
}

/**
 * Brings the account of a bundle into a session, with every check of `migrate`.
 *
 * Throws `MIGRATION_BUNDLE_LOCKED` for a wrong passphrase, `MIGRATION_BUNDLE_INVALID` and `MIGRATION_BUNDLE_NEWER`
 * before anything is written, and else as `migrate` does.
 */
export async function importBundle(options: ImportBundleOptions): Promise<MigrationReport> {
  const own = ["bundle", "passphrase", "to", "freshMs"];
  assertKnownOptions("importBundle", options, [...own, ...MIGRATION_SETTINGS]);
  const { bundle, passphrase, to, freshMs = 300_000, ...rest } = options;
  assertPassphrase(passphrase);
  integerOption("freshMs", freshMs, { min: 0 });
  const { clock } = await checkSettings(rest);
  const content = await openBundle(bundle, passphrase);
  const ageMs = clock.now() - content.createdAtMs;
  // A bundle from the future comes from a clock that cannot be trusted, so neither can its age.
  const fresh = ageMs >= 0 && ageMs <= freshMs;
  const identityOnly = content.identityOnly || (options.identityOnly ?? !fresh);
  const steps = runMigration(bundleSource(content), to, { ...rest, identityOnly });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
    options.onProgress?.(step.value);
  }
}

function assertPassphrase(passphrase: unknown): void {
  if (typeof passphrase === "string" && passphrase !== "") return;
  throw new UsageError("USAGE_INVALID_OPTION", "The passphrase must be a text that is not empty");
}

function bundleSource({ creds, families }: BundleContent): StoredSource {
  return {
    name: { kind: "bundle", location: "a bundle", sessionId: "" },
    foreign: false,
    readCreds: () => Promise.resolve(creds),
    pages: () => paged(entriesOf(families)),
  };
}

function* entriesOf(families: BundleContent["families"]): Generator<StoredEntry> {
  for (const { type, records } of families) {
    for (const { id, value } of records) yield { entry: "record", type, id, bytes: value };
  }
}

function leftBehind(flag: MigrationFlag): MigrationError {
  return new MigrationError(
    "MIGRATION_NEEDS_FLAGS",
    `The source holds ${flag === "skipCorrupt" ? "corrupt records" : "entries of which it is not known what they are"}: ` +
      `look at planMigration(), then pass ${flag} to leave them out`,
    { flags: [flag] },
  );
}
