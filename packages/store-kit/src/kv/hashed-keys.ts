import { createHash } from "node:crypto";
import type { KV, Stored } from "./kv.ts";

/** A `KV` that keeps a hash of each key in its place: of bounded length, and telling nobody what the key was. */
export function hashedKeys(kv: KV): KV {
  return {
    name: kv.name,
    capabilities: kv.capabilities,
    getMany: async (keys) => {
      const entries = await kv.getMany(keys.map(hashed));
      const found = new Map<string, Stored>();
      for (const key of keys) {
        const entry = entries.get(hashed(key));
        if (entry) found.set(key, entry);
      }
      return found;
    },
    write: (changes) => kv.write(changes.map((change) => ({ ...change, key: hashed(change.key) }))),
    clear: () => kv.clear(),
    namespace: (name) => hashedKeys(kv.namespace(name)),
    ...(kv.sweep && { sweep: kv.sweep.bind(kv) }),
    close: () => kv.close(),
  };
}

function hashed(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
