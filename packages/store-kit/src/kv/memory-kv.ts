import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import { type SyncCache, lru } from "../cache/lru.ts";
import { type Change, type KV, type Stored, isDeletion, namespacePath, stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";

export interface MemoryKVOptions {
  /** Most entries held, over all namespaces. @defaultValue `100_000` */
  readonly max?: number;
  /** Most bytes of values held. @defaultValue `268_435_456` */
  readonly maxBytes?: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * A `KV` in this process, which ends with it. When a bound is reached, the least recently used entries go.
 *
 * @throws UsageError for a bound that makes no sense.
 */
export function memoryKV(options: MemoryKVOptions = {}): KV {
  assertKnownOptions("memoryKV()", options, ["max", "maxBytes", "clock"]);
  const { max = 100_000, maxBytes = 256 * 1024 * 1024, clock = systemClock } = options;
  const entries = lru<Stored>({
    max,
    maxBytes,
    maxEntryBytes: maxBytes,
    bytesOf: ({ value }) => value.byteLength,
    clock,
  });
  return partOf({ entries, clock, open: new OpenCheck("The memory KV") }, []);
}

interface Shared {
  readonly entries: SyncCache<Stored>;
  readonly clock: Clock;
  readonly open: OpenCheck;
}

function partOf(shared: Shared, names: readonly string[]): KV {
  const { entries, clock, open } = shared;
  const prefix = namespacePath(names);
  const read = (key: string): Stored | undefined => {
    const found = entries.get(prefix + key);
    if (found?.expiresAtMs === undefined || clock.now() < found.expiresAtMs) return found;
    entries.delete(prefix + key);
    return undefined;
  };
  const put = (change: Change): void => {
    const { key, value, expiresAtMs } = change;
    if (value === undefined || isDeletion(change, clock.now())) entries.delete(prefix + key);
    else entries.set(prefix + key, stored(Buffer.from(value), expiresAtMs));
  };

  return {
    name: "memory",
    capabilities: { atomicWrite: true, persistent: false },
    getMany: async (keys) => {
      open.assertOpen();
      const found = new Map<string, Stored>();
      for (const key of keys) {
        const entry = read(key);
        if (entry) found.set(key, stored(Buffer.from(entry.value), entry.expiresAtMs));
      }
      return found;
    },
    write: async (changes) => {
      open.assertOpen();
      changes.forEach(put);
    },
    clear: async () => {
      open.assertOpen();
      const own = [...entries.keys()].filter((key) => key.startsWith(prefix));
      for (const key of own) entries.delete(key);
    },
    namespace: (name) => partOf(shared, [...names, name]),
    close: async () => {
      if (names.length === 0 && open.close()) entries.clear();
    },
  };
}
