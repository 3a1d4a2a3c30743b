import type { KeyProvider } from "@motte/auth-stores/encryption";
import { UsageError } from "@motte/core/errors";
import type { CommandOption, OptionValues } from "../command.ts";
import { textOption } from "../option-values.ts";

/** The options of a command that name the key of an encrypted store. `prefix` tells two stores apart. */
export function keyOptions(prefix: "" | "to-"): Readonly<Record<string, CommandOption>> {
  const whose = prefix === "" ? "the store" : "the store migrated to";
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

/** The key that was named, or `undefined` for a store that is not encrypted. Throws a `UsageError`. */
export async function keyOption(
  values: OptionValues,
  prefix: "" | "to-",
): Promise<KeyProvider | undefined> {
  const file = textOption(values, `${prefix}key-file`);
  const variable = textOption(values, `${prefix}key-env`);
  if (file !== undefined && variable !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `--${prefix}key-file and --${prefix}key-env both name a key: leave one of them out`,
    );
  }
  const { keyFile, keyFromEnvironment } = await import("@motte/auth-stores/encryption");
  if (file !== undefined) return keyFile(file);
  if (variable !== undefined) return keyFromEnvironment(variable);
  return undefined;
}
