import type { CacheSetOptions } from "./lru.ts";

/** A cache whose second level may be somewhere else. */
export interface AsyncCache<V> {
  get(key: string): Promise<V | undefined>;
  /** What is there of `keys`. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>>;
  set(key: string, value: V, options?: Pick<CacheSetOptions, "ttl">): Promise<void>;
  setMany(
    entries: readonly (readonly [key: string, value: V])[],
    options?: Pick<CacheSetOptions, "ttl">,
  ): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  clear(): Promise<void>;
  /** What is known without asking elsewhere. */
  peek?(key: string): V | undefined;
}
