/** What the packages' errors tell a program to do, and what a person at a shell does instead. */
const REMEDIES: readonly (readonly [forPrograms: string, forShells: string])[] = [
  [
    "under key passphrase, which the key given (passphrase) does not open",
    "under another passphrase than the one given",
  ],
  ["under key passphrase, which the key given", "under a passphrase, which the key given"],
  ["which the key given (passphrase) does not open", "which the passphrase given does not open"],
  [
    "open it with { encryption: { key } }, or wrap the backend in sealed()",
    "name its key with --key-file or --key-env (of a migration's target: --to-key-file, --to-key-env)",
  ],
  [
    "pass { adopt: true } once to encrypt it in place, or open it without a key",
    "leave the key out, or encrypt it with motte seal",
  ],
  [
    "give the right one, or both as keyring(new, old) to replace it",
    "name the right one; to replace it, give the key it has now to motte rotate-key",
  ],
  [
    "for a passphrase use passphraseKey()",
    "openssl rand -hex 32 makes one; for 32 bytes as they are, use a key file",
  ],
  [
    "listen on 127.0.0.1, or set allowNonLoopback: true",
    "leave --host out to listen on 127.0.0.1, or add --allow-non-loopback",
  ],
  [
    'use another server, or pass { unsafeServer: "warn" }',
    "or use another server; motte doctor says what else is wrong with it",
  ],
  ["encrypted with { hideIds: true }", "encrypted with --hide-ids"],
  ["encrypted with { hideIds: false }", "encrypted without --hide-ids"],
  ["a whole bundle of exportBundle()", "a whole bundle of motte export"],
  [
    "or call forgetMigration() when the other one is gone for good",
    "or, when the other one is gone for good, copy this one with motte migrate --ignore-migration",
  ],
  [
    "run it again to complete it, or delete the session",
    "run the same motte migrate or motte import again to complete it, or remove it with motte reset",
  ],
  [
    "give another sessionId, or delete that session first",
    "name another session behind #, or archive that one with motte reset",
  ],
];

/** The message of an error, for people who have no code to change. */
export function messageForShell(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REMEDIES.reduce((text, [found, instead]) => text.replace(found, () => instead), message);
}
