import type { KeyProvider } from "@motte/auth-stores/encryption";
import type { CommandContext, OptionValues } from "../command.ts";
import { keyOption, requiredKey } from "../stores/key-options.ts";
import { askKey, askNewKey, mayAskKey } from "../stores/typed-key.ts";
import { type ReplacedKey, replacing } from "./replacing.ts";

/** A key. One that has to be typed is asked for by the first call, when all else is well, and only then. */
export type ChosenKey<Key = KeyProvider> = () => Promise<Key>;

/** The key that a session gets: one that is named, or typed twice. Throws a `UsageError` where nobody can be asked. */
export function newKey(values: OptionValues, context: CommandContext): Promise<ChosenKey> {
  return namedOr(askNewKey, values, context);
}

/** The key of a store that is encrypted: one that is named, or typed. Throws a `UsageError` where nobody can be asked. */
export function presentKey(values: OptionValues, context: CommandContext): Promise<ChosenKey> {
  return namedOr(askKey, values, context);
}

/** The key that is there and the one that takes its place, which may be the same. */
export async function replacedKey(
  values: OptionValues,
  context: CommandContext,
): Promise<ChosenKey<ReplacedKey>> {
  const present = await presentKey(values, context);
  const isAsked = mayAskKey(values, context, "new-");
  const named = isAsked ? undefined : await keyOption(values, "new-");
  return once(async () => {
    const current = await present();
    const typed = isAsked ? await askNewKey(values, context, "new-") : undefined;
    return replacing(current, typed === undefined ? named : await keyOption(typed, "new-"));
  });
}

async function namedOr(
  ask: typeof askKey,
  values: OptionValues,
  context: CommandContext,
): Promise<ChosenKey> {
  if (mayAskKey(values, context, "")) {
    return once(async () => requiredKey(await ask(values, context, ""), ""));
  }
  const key = await requiredKey(values, "");
  return async () => key;
}

function once<Key>(choose: () => Promise<Key>): ChosenKey<Key> {
  let chosen: Promise<Key> | undefined;
  return () => (chosen ??= choose());
}
