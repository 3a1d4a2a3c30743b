import type { KeyProvider } from "@motte/auth-stores/encryption";
import { UsageError } from "@motte/core/errors";
import type { CommandOption, OptionValues } from "../command.ts";
import { textOption } from "../option-values.ts";

/** What stands before the options of a key, where a command takes two. */
export type KeyPrefix = "" | "to-" | "new-";

export const WHOSE: Readonly<Record<KeyPrefix, string>> = {
  "": "the store",
  "to-": "the store migrated to",
  "new-": "the store from then on",
};

/** The options of a command that name the key of an encrypted store. `prefix` tells two keys apart. */
export function keyOptions(prefix: KeyPrefix): Readonly<Record<string, CommandOption>> {
  const whose = WHOSE[prefix];
  return {
    [`${prefix}key-file`]: {
      type: "string",
      value: "path",
      help: `file with the key of ${whose}: 32 bytes, or 64 hex digits`,
    },
    [`${prefix}key-env`]: {
      type: "string",
      value: "name",
      help: `environment variable with that key, 64 hex digits`,
    },
  };
}

/** Under which name a key stands among the values that was typed at a terminal. No option is called so. */
export function typedKeyName(prefix: KeyPrefix): string {
  return `${prefix}key-typed`;
}

/** Whether an option says what the key is, or somebody has typed it. */
export function isKeyNamed(values: OptionValues, prefix: KeyPrefix): boolean {
  const names = [`${prefix}key-file`, `${prefix}key-env`, typedKeyName(prefix)];
  return names.some((name) => values[name] !== undefined);
}

/** The key that was named, or `undefined` for a store that is not encrypted. Throws a `UsageError`. */
export async function keyOption(
  values: OptionValues,
  prefix: KeyPrefix,
): Promise<KeyProvider | undefined> {
  const file = textOption(values, `${prefix}key-file`);
  const variable = textOption(values, `${prefix}key-env`);
  if (file !== undefined && variable !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `--${prefix}key-file and --${prefix}key-env both name a key: leave one of them out`,
    );
  }
  const { keyFile, keyFromEnvironment, passphraseKey, secretKey } =
    await import("@motte/auth-stores/encryption");
  if (file !== undefined) return keyFile(file);
  if (variable !== undefined) return keyFromEnvironment(variable);
  const typed = textOption(values, typedKeyName(prefix));
  if (typed === undefined) return undefined;
  return isHexKey(typed) ? secretKey(typed.trim()) : passphraseKey(typed);
}

function isHexKey(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text.trim());
}

/** The key that was named, where there has to be one. Throws a `UsageError`. */
export async function requiredKey(values: OptionValues, prefix: KeyPrefix): Promise<KeyProvider> {
  const keys = await keyOption(values, prefix);
  if (keys !== undefined) return keys;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `Name the key of ${WHOSE[prefix]} with --${prefix}key-file or --${prefix}key-env`,
  );
}
