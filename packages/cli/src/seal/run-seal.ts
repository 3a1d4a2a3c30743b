import { type KeyProvider, keyring, reseal, seal, unseal } from "@motte/auth-stores/encryption";
import type { CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOption, requiredKey } from "../stores/key-options.ts";
import { parseStoreName } from "../stores/store-name.ts";
import { askKey, mayAskKey } from "../stores/typed-key.ts";
import { type EachSessionCall, eachSession } from "./each-session.ts";
import { wipeFreed } from "./wipe-freed.ts";

export interface SealCall extends EachSessionCall {
  /** Where the keys are named. */
  readonly values: OptionValues;
}

/** Carries out `motte seal`. */
export async function runSeal(
  { values, ...call }: SealCall & { readonly hideIds: boolean },
  context: CommandContext,
): Promise<number> {
  const key = await requiredKey(values, "");
  const { hideIds, ...which } = call;
  await eachSession(which, context, async (backend, sessionId) => {
    const options = { backend, sessionId, key, ...(hideIds && { hideIds }) };
    const changed = await seal(options);
    return {
      document: { changed, keyId: key.currentId },
      lines: changed
        ? [
            `✓ ${sessionId} is encrypted under key ${key.currentId}; without it nobody opens it again`,
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
  const key = await currentKey(values, context);
  let exit: number = EXIT.ok;
  await eachSession(call, context, async (backend, sessionId) => {
    const { changed, unreadable } = await unseal({ backend, sessionId, key });
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
  const current = await currentKey(values, context);
  const next = await keyOption(values, "new-");
  const replaces = next !== undefined && next.currentId !== current.currentId;
  const key = replaces ? keyring(next, current) : current;
  let exit: number = EXIT.ok;
  await eachSession(call, context, async (backend, sessionId) => {
    const { complete, unreadable } = await reseal({ backend, sessionId, key });
    if (!complete) exit = EXIT.failed;
    return {
      document: { complete, unreadable, keyId: key.currentId },
      lines: [
        complete
          ? `✓ ${sessionId} is encrypted anew under key ${key.currentId}`
          : `✗ ${sessionId} is under key ${key.currentId}, but not all of it could be encrypted anew`,
        ...(complete && replaces ? ["  the old key opens nothing that is stored from now on"] : []),
        ...unreadableLines(unreadable),
      ],
    };
  });
  return exit;
}

/** The key of a store that is encrypted: one that is named, or typed where somebody can be asked. */
async function currentKey(values: OptionValues, context: CommandContext): Promise<KeyProvider> {
  const isAsked = mayAskKey(values, context, "");
  return requiredKey(isAsked ? await askKey(values, context, "") : values, "");
}

function unreadableLines(unreadable: number): readonly string[] {
  if (unreadable === 0) return [];
  return [`✗ ${unreadable} records do not open under the key and were left as they are`];
}
