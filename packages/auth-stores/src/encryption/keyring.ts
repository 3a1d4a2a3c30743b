import { UsageError } from "@motte/core/errors";
import type { KeyProvider } from "./key-provider.ts";

/**
 * Wraps with `current` and still unwraps what the earlier ones wrapped, for replacing a key.
 *
 * A session that is opened with it has its data keys rewrapped under `current` at once.
 */
export function keyring(current: KeyProvider, ...earlier: readonly KeyProvider[]): KeyProvider {
  const providers = [current, ...earlier];
  if (new Set(providers.map(({ currentId }) => currentId)).size < providers.length) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "Two keys of the ring have the same id: list each key once, and give passphrases ids of their own",
    );
  }
  return {
    currentId: current.currentId,
    wrap: (dataKey) => current.wrap(dataKey),
    unwrap: async (id, wrapped) => {
      for (const provider of providers) {
        const dataKey = await provider.unwrap(id, wrapped);
        if (dataKey !== null) return dataKey;
      }
      return null;
    },
  };
}
