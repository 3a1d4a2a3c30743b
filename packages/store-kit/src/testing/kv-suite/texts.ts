import type { KV } from "../../kv/kv.ts";

/** Sets each key to its value, without an end. */
export function set(kv: KV, values: Record<string, string>): Promise<void> {
  return kv.write(
    Object.entries(values).map(([key, value]) => ({ key, value: Buffer.from(value) })),
  );
}

export function remove(kv: KV, ...keys: readonly string[]): Promise<void> {
  return kv.write(keys.map((key) => ({ key, value: undefined })));
}

/** The values of `keys` in that order, `undefined` where there is none. */
export async function texts(
  kv: KV,
  keys: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const found = await kv.getMany(keys);
  return keys.map((key) => {
    const entry = found.get(key);
    return entry && Buffer.from(entry.value).toString();
  });
}
