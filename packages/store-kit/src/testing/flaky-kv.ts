import { StoreKitError } from "../errors.ts";
import type { KV } from "../kv/kv.ts";

/** What a call to a `FlakyKV` may run into. */
export type KVFault =
  /** Fails before anything is done. */
  | "fail"
  /** Does it, and fails nevertheless, as when the answer is lost. */
  | "fail-after"
  /** Never answers. */
  | "hang";

export interface KVCall {
  readonly operation: "getMany" | "write" | "clear";
  readonly keys: readonly string[];
}

/**
 * A `KV` whose calls run into the faults that `faultOf` names; `undefined` lets a call through. A fault may come late:
 * `faultOf` may answer with a promise, and the call waits for it.
 */
export function flakyKV(
  kv: KV,
  faultOf: (call: KVCall) => KVFault | undefined | Promise<KVFault | undefined>,
): KV {
  const run = async <T>(call: KVCall, work: () => Promise<T>): Promise<T> => {
    const fault = await faultOf(call);
    if (fault === "hang") return new Promise(() => {});
    if (fault === undefined) return work();
    if (fault === "fail-after") await work();
    throw new StoreKitError("STORE_KIT_UNAVAILABLE", "A fault that the test asked for", {
      retryable: true,
    });
  };
  return {
    name: kv.name,
    capabilities: kv.capabilities,
    getMany: (keys) => run({ operation: "getMany", keys }, () => kv.getMany(keys)),
    write: (changes) =>
      run({ operation: "write", keys: changes.map(({ key }) => key) }, () => kv.write(changes)),
    clear: () => run({ operation: "clear", keys: [] }, () => kv.clear()),
    namespace: (name) => flakyKV(kv.namespace(name), faultOf),
    ...(kv.sweep && { sweep: kv.sweep.bind(kv) }),
    close: () => kv.close(),
  };
}
