import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { KV } from "../kv/kv.ts";
import { type Codec, decodeBody, encodeBody } from "../messages/codec.ts";
import type { Millis } from "../millis.ts";
import type { AsyncCache } from "./async-cache.ts";

export interface TypedOptions<V> {
  readonly codec: Codec<V>;
  /** How long an entry lives. @defaultValue for ever */
  readonly ttl?: Millis;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * A `KV` of values instead of bytes.
 *
 * Rejects with `STORE_KIT_BODY_UNREADABLE` for an entry that another codec wrote, or that is damaged.
 */
export function typed<V>(kv: KV, options: TypedOptions<V>): AsyncCache<V> {
  assertKnownOptions("typed()", options, ["codec", "ttl", "clock"]);
  const { codec, clock = systemClock } = options;
  const getMany = async (keys: readonly string[]): Promise<ReadonlyMap<string, V>> => {
    const found = new Map<string, V>();
    for (const [key, { value }] of await kv.getMany(keys)) found.set(key, decodeBody(codec, value));
    return found;
  };
  const setMany: AsyncCache<V>["setMany"] = async (entries, { ttl = options.ttl } = {}) => {
    const life = ttl === undefined ? {} : { expiresAtMs: clock.now() + ttl };
    await kv.write(
      entries.map(([key, value]) => ({ key, value: encodeBody(codec, value), ...life })),
    );
  };
  return {
    get: async (key) => (await getMany([key])).get(key),
    getMany,
    set: (key, value, setOptions) => setMany([[key, value]], setOptions),
    setMany,
    deleteMany: (keys) => kv.write(keys.map((key) => ({ key, value: undefined }))),
    clear: () => kv.clear(),
  };
}
