import { type Clock, systemClock } from "@motte/core/clock";
import type { KV } from "./kv.ts";

/** One call to a `KV`, after it has ended. */
export interface KVCallReport {
  readonly kv: string;
  readonly operation: "getMany" | "write" | "clear" | "sweep";
  /** Keys read or changed; rows swept. */
  readonly keys: number;
  /** Keys that were found, of a read. */
  readonly found?: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What it was rejected with. */
  readonly error?: unknown;
}

/** A `KV` that tells `observe` of every call. Keys and values stay out of what is told. `observe` must not throw. */
export function instrument(
  kv: KV,
  observe: (report: KVCallReport) => void,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): KV {
  const watched = async <T>(
    operation: KVCallReport["operation"],
    work: () => Promise<T>,
    counts: (result: T | undefined) => Pick<KVCallReport, "keys" | "found">,
  ): Promise<T> => {
    const start = clock.monotonic();
    const report = (result: T | undefined, failure: { error?: unknown }): void =>
      observe({
        kv: kv.name,
        operation,
        ...counts(result),
        ms: clock.monotonic() - start,
        ...failure,
      });
    try {
      const result = await work();
      report(result, {});
      return result;
    } catch (error) {
      report(undefined, { error });
      throw error;
    }
  };
  const sweep = kv.sweep?.bind(kv);
  return {
    name: kv.name,
    capabilities: kv.capabilities,
    getMany: (keys) =>
      watched(
        "getMany",
        () => kv.getMany(keys),
        (found) => ({ keys: keys.length, ...(found && { found: found.size }) }),
      ),
    write: (changes) =>
      watched(
        "write",
        () => kv.write(changes),
        () => ({ keys: changes.length }),
      ),
    clear: () =>
      watched(
        "clear",
        () => kv.clear(),
        () => ({ keys: 0 }),
      ),
    namespace: (name) => instrument(kv.namespace(name), observe, { clock }),
    ...(sweep && {
      sweep: (budget) =>
        watched(
          "sweep",
          () => sweep(budget),
          (swept) => ({ keys: swept?.deleted ?? 0 }),
        ),
    }),
    close: () => kv.close(),
  };
}
