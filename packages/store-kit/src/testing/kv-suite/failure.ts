import type { BreakableKVPlace, KVSuiteChecks, WithKV } from "./runner.ts";
import { set } from "./texts.ts";

/** A medium that fails is heard of, and never taken for an empty one. */
export function failure(
  { test, deepEqual, rejectsWith }: KVSuiteChecks,
  withKV: WithKV<BreakableKVPlace>,
): void {
  test(
    "a medium that fails makes every call reject, with a code and as worth another try",
    withKV(async (kv, _clock, place) => {
      await set(kv, { a: "1" });
      await place.breakMedium();

      const error = await kv.getMany(["a"]).then(
        () => "answered",
        (reason: unknown) => reason,
      );
      deepEqual(error instanceof Error && Reflect.get(error, "retryable"), true);
      await rejectsWith(kv.getMany(["a", "b"]), "STORE_KIT_UNAVAILABLE");
      await rejectsWith(set(kv, { a: "2" }), "STORE_KIT_UNAVAILABLE");
      await rejectsWith(kv.clear(), "STORE_KIT_UNAVAILABLE");
    }),
  );
}
