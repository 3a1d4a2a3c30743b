import { memoryBackend } from "@motte/auth-stores/backends/memory";
import {
  type ImportBundleOptions,
  type MigrationReport,
  importBundle,
} from "@motte/auth-stores/migration";
import { systemClock } from "@motte/core/clock";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { targetOf } from "../migrate/places.ts";
import { keyOption } from "../stores/key-options.ts";
import { openStore } from "../stores/open-store.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { durationWords } from "../terminal/duration.ts";
import { Progress } from "../terminal/progress.ts";
import { wrap } from "../terminal/wrap.ts";
import type { Passphrase } from "./passphrase-options.ts";
import { readWholeFile } from "./private-file.ts";

export interface ImportCall {
  readonly file: string;
  readonly store: string;
  /** `undefined`: as the bundle's age says. */
  readonly identityOnly: boolean | undefined;
  readonly acceptFindings: boolean;
  readonly passphrase: Passphrase;
  /** Where the key is named. */
  readonly values: OptionValues;
}

/** Carries out `motte import`. The store is not even made before the bundle has been opened and checked. */
export async function runImport(call: ImportCall, context: CommandContext): Promise<number> {
  const { file, store, values, acceptFindings, identityOnly } = call;
  const { output, report, signal } = context;
  const name = parseStoreName(store);
  const keys = await keyOption(values, "");
  const bundle = await readWholeFile(file);
  const passphrase = await call.passphrase();
  const options = {
    bundle,
    passphrase,
    acceptFindings,
    signal,
    ...(identityOnly !== undefined && { identityOnly }),
  };
  const whole = await tried(options);

  await using plain = await openStore(name, "make");
  const to = targetOf({ name, keys }, plain);
  const progress = new Progress(output);
  const startedAt = systemClock.monotonic();
  let done: MigrationReport;
  try {
    done = await importBundle({
      ...options,
      to,
      onProgress: (step) => {
        if (step.phase !== "done" && !report.json) progress.step(step);
      },
    });
  } finally {
    progress.end();
  }
  const ms = Math.round(systemClock.monotonic() - startedAt);
  const { records, families, credsBytes, started } = done;
  const leftOut = whole.records - records;
  report.show(
    { session: to.sessionId, to: done.to, records, leftOut, families, credsBytes, started, ms },
    [
      ...wrap(
        `✓ ${to.sessionId}: ${records} records and creds in ${durationWords(ms)}, each read back and compared`,
        "  ",
      ),
      ...(leftOut === 0
        ? []
        : [
            `  ${leftOut} ratchets were left out, as the bundle is old or --identity-only:`,
            "  Signal makes new ones",
          ]),
      `  the bot goes on with ${done.to.location}`,
      "  never start it where it was exported",
    ],
  );
  return EXIT.ok;
}

/** What the bundle holds. Throws what importing it would, before there is a store. */
async function tried(options: Omit<ImportBundleOptions, "to">): Promise<MigrationReport> {
  await using backend = memoryBackend();
  // Awaited here: the store is closed when this block is left.
  return await importBundle({ ...options, identityOnly: false, to: { backend, sessionId: "try" } });
}
