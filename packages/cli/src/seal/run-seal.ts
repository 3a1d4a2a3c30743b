import { reseal, seal, unseal } from "@motte/auth-stores/encryption";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { newKey, presentKey, replacedKey } from "./chosen-key.ts";
import { PASSPHRASE } from "./replacing.ts";
import { type EachSessionCall, eachSession } from "./each-session.ts";
import { wipeFreed } from "./wipe-freed.ts";

export interface SealCall extends EachSessionCall {
  /** Where the keys are named. */
  readonly values: OptionValues;
}

const FOR_THE_BOT = "  the bot opens it with { encryption: { key: passphraseKey(…) } }";

/** Carries out `motte seal`. */
export async function runSeal(
  { values, ...call }: SealCall & { readonly hideIds: boolean },
  context: CommandContext,
): Promise<number> {
  const chosen = await newKey(values, context);
  const { hideIds, ...which } = call;
  await eachSession(which, context, async (backend, sessionId) => {
    const key = await chosen();
    const options = { backend, sessionId, key, ...(hideIds && { hideIds }) };
    const changed = await seal(options);
    return {
      document: { changed, keyId: key.currentId },
      lines: changed
        ? [
            `✓ ${sessionId} is encrypted under key ${key.currentId}; without it nobody opens it again`,
            ...(key.currentId === PASSPHRASE ? [FOR_THE_BOT] : []),
            "  backups, and what the disk has freed, may still hold what was plain",
          ]
        : [`✓ ${sessionId} was encrypted under this key before`],
    };
  });
  const { kind, place } = parseStoreName(call.store);
  if (kind !== "sqlite" || (await wipeFreed(place))) return EXIT.ok;
  throw new Error(
    `Another program has ${place} open, so pages that the database has freed may hold what was plain: stop it and run this again`,
  );
}

/** Carries out `motte unseal`. */
export async function runUnseal(
  { values, ...call }: SealCall,
  context: CommandContext,
): Promise<number> {
  const chosen = await presentKey(values, context);
  let exit: number = EXIT.ok;
  await eachSession(call, context, async (backend, sessionId) => {
    const { changed, unreadable } = await unseal({ backend, sessionId, key: await chosen() });
    if (unreadable > 0) exit = EXIT.failed;
    return {
      document: { changed, unreadable },
      lines: [
        changed
          ? `✓ ${sessionId} is decrypted: everybody who may read the store can use it`
          : `✓ ${sessionId} was not encrypted`,
        ...unreadableLines(unreadable),
      ],
    };
  });
  return exit;
}

/** Carries out `motte rotate-key`. */
export async function runRotateKey(
  { values, ...call }: SealCall,
  context: CommandContext,
): Promise<number> {
  const chosen = await replacedKey(values, context);
  let exit: number = EXIT.ok;
  await eachSession(call, context, async (backend, sessionId) => {
    const { key, replaces, prepare } = await chosen();
    await prepare(backend, sessionId);
    const { complete, unreadable } = await reseal({ backend, sessionId, key });
    if (!complete) exit = EXIT.failed;
    return {
      document: { complete, unreadable, keyId: key.currentId },
      lines: [
        complete
          ? `✓ ${sessionId} is encrypted anew under key ${key.currentId}`
          : `✗ ${sessionId} is under key ${key.currentId}, but not all of it could be encrypted anew`,
        ...(complete && replaces && key.currentId === PASSPHRASE ? [FOR_THE_BOT] : []),
        ...(complete && replaces ? ["  the old key opens nothing that is stored from now on"] : []),
        ...unreadableLines(unreadable),
      ],
    };
  });
  return exit;
}

function unreadableLines(unreadable: number): readonly string[] {
  if (unreadable === 0) return [];
  return [`✗ ${unreadable} records do not open under the key and were left as they are`];
}
