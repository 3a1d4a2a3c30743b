import { hasCode } from "@motte/core/errors";
import type { CommandContext, OptionValues } from "../command.ts";
import { askNewSecret, askSecret, canAsk } from "../terminal/ask-secret.ts";
import { type KeyPrefix, WHOSE, isKeyNamed, typedKeyName } from "./key-options.ts";

/**
 * Runs a command, and when a store turns out to be encrypted and no option names its key, asks for it at a terminal and runs
 * the command again. Where nobody can be asked, what it threw is thrown.
 */
export async function withKeyAsked(
  values: OptionValues,
  context: CommandContext,
  prefixes: readonly KeyPrefix[],
  run: (values: OptionValues) => Promise<number>,
): Promise<number> {
  try {
    return await run(values);
  } catch (error) {
    // Opening a session says so before anything about it is changed.
    const unnamed = prefixes.find((prefix) => mayAskKey(values, context, prefix));
    if (!hasCode(error, "AUTH_STORE_ENCRYPTED") || unnamed === undefined) throw error;
    return withKeyAsked(await askKey(values, context, unnamed), context, prefixes, run);
  }
}

/** Whether a key is still to be had by asking. */
export function mayAskKey(
  values: OptionValues,
  context: CommandContext,
  prefix: KeyPrefix,
): boolean {
  return !isKeyNamed(values, prefix) && canAsk(context);
}

/** The values with the key that was typed among them. */
export async function askKey(
  values: OptionValues,
  context: CommandContext,
  prefix: KeyPrefix,
): Promise<OptionValues> {
  const typed = await askSecret(
    `Key or passphrase of ${WHOSE[prefix]}, which is encrypted`,
    context,
  );
  return { ...values, [typedKeyName(prefix)]: typed };
}

/**
 * The values with a key among them that was typed twice. Where a key is there already, `new-`, nothing typed keeps it, and the
 * values are as they were.
 */
export async function askNewKey(
  values: OptionValues,
  context: CommandContext,
  prefix: KeyPrefix,
): Promise<OptionValues> {
  const keeps = prefix === "new-";
  const question = keeps
    ? "New key or passphrase, or nothing to keep it"
    : `New key or passphrase of ${WHOSE[prefix]}`;
  const typed = await askNewSecret(question, { plural: "keys", mayBeEmpty: keeps }, context);
  return typed === "" ? values : { ...values, [typedKeyName(prefix)]: typed };
}
