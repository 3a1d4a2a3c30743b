import { memoryBackend } from "@motte/auth-stores/backends/memory";
import {
  type MigrationReport,
  type MigrationSettings,
  exportBundle,
  importBundle,
} from "@motte/auth-stores/migration";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openSourceOf } from "../migrate/places.ts";
import { keyOption } from "../stores/key-options.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { bytesWords } from "../terminal/bytes.ts";
import type { Passphrase } from "./passphrase-options.ts";
import { assertNewFile, writePrivateFile } from "./private-file.ts";

export interface ExportCall {
  readonly store: string;
  readonly file: string;
  readonly settings: Pick<
    MigrationSettings,
    "identityOnly" | "skipCorrupt" | "skipUnknown" | "ignoreMigration"
  >;
  readonly passphrase: Passphrase;
  /** Where the key is named. */
  readonly values: OptionValues;
}

/** Carries out `motte export`. */
export async function runExport(
  { store, file, settings, passphrase: ask, values }: ExportCall,
  { report, signal }: CommandContext,
): Promise<number> {
  const name = parseStoreName(store);
  const keys = await keyOption(values, "");
  await assertNewFile(file);
  await using source = await openSourceOf({ name, keys });
  const passphrase = await ask();
  const bundle = await exportBundle({ from: source.from, passphrase, ...settings, signal });
  let found: MigrationReport | undefined;
  await writePrivateFile(file, bundle, async (readBack) => {
    signal.throwIfAborted();
    found = await opened(readBack, passphrase);
  });
  const { records = 0, families = [], credsBytes = 0 } = found ?? {};
  const identityOnly = settings.identityOnly ?? false;
  report.show(
    {
      session: source.sessionId,
      file,
      bytes: bundle.length,
      records,
      families,
      credsBytes,
      identityOnly,
    },
    [
      `✓ ${source.sessionId}: ${records} records and creds in ${file} (${bytesWords(bundle.length)}), opened again`,
      identityOnly
        ? "  without ratchets: contacts' first messages are sent again"
        : "  motte import takes the ratchets along for 5 minutes, then with --with-ratchets",
      "  the account goes on in the store it is in; never run two copies of it",
    ],
  );
  return EXIT.ok;
}

/** Brings the bundle into a store in memory, which reads and compares every record. */
async function opened(bundle: Uint8Array, passphrase: string): Promise<MigrationReport> {
  await using backend = memoryBackend();
  const to = { backend, sessionId: "opened" };
  // Awaited here: the store is closed when this block is left. What looks wrong was so in the store.
  return await importBundle({
    bundle,
    passphrase,
    to,
    identityOnly: false,
    acceptFindings: true,
  });
}
