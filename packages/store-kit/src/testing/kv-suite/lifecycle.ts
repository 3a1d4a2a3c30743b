import type { KVSuiteGroup } from "./runner.ts";
import { set, texts } from "./texts.ts";

/** Closing ends the whole and not a part, once. */
export const lifecycle: KVSuiteGroup = ({ test, deepEqual, rejectsWith }, withKV) => {
  test(
    "closing a namespace closes nothing",
    withKV(async (kv) => {
      const part = kv.namespace("a");
      await part.close();
      await set(kv, { key: "value" });
      await set(part, { key: "value" });

      deepEqual(await texts(kv, ["key"]), ["value"]);
      deepEqual(await texts(part, ["key"]), ["value"]);
    }),
  );

  test(
    "closed, it refuses everything and says so, and is closed again without an error",
    withKV(async (kv) => {
      const part = kv.namespace("a");
      await kv.close();
      await kv.close();

      for (const each of [kv, part]) {
        await rejectsWith(each.getMany(["a"]), "USAGE_CLOSED");
        await rejectsWith(set(each, { a: "1" }), "USAGE_CLOSED");
        await rejectsWith(each.clear(), "USAGE_CLOSED");
      }
    }),
  );
};
