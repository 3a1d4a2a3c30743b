import type { KVSuiteGroup } from "./runner.ts";
import { set, texts } from "./texts.ts";

/** Several that are open on one place, as processes that share it are. Only where entries outlive what wrote them. */
export const sharing: KVSuiteGroup = ({ test, deepEqual }, withKV) => {
  test(
    "what was written is there when it is opened again, with its end",
    withKV(async (kv, clock, place) => {
      if (!kv.capabilities.persistent) return;
      const expiresAtMs = clock.now() + 3_600_000;
      await set(kv, { a: "1" });
      await kv.namespace("n").write([{ key: "b", value: Buffer.from("2"), expiresAtMs }]);
      await kv.close();

      const again = await place.open(clock);
      deepEqual(await texts(again, ["a"]), ["1"]);
      deepEqual((await again.namespace("n").getMany(["b"])).get("b")?.expiresAtMs, expiresAtMs);
      await again.close();
    }),
  );

  test(
    "what one writes, deletes or clears the other sees",
    withKV(async (kv, clock, place) => {
      if (!kv.capabilities.persistent) return;
      const other = await place.open(clock);
      await set(kv, { a: "1" });
      deepEqual(await texts(other, ["a"]), ["1"]);
      await set(other, { a: "2", b: "2" });
      deepEqual(await texts(kv, ["a", "b"]), ["2", "2"]);

      await kv.clear();
      deepEqual(await texts(other, ["a", "b"]), [undefined, undefined]);
      await set(other, { c: "3" });
      deepEqual(await texts(kv, ["a", "c"]), [undefined, "3"]);
      await other.close();
    }),
  );

  test(
    "a write is seen as a whole or not at all, where that is promised",
    withKV(async (kv, clock, place) => {
      if (!kv.capabilities.atomicWrite || !kv.capabilities.persistent) return;
      const other = await place.open(clock);
      const keys = Array.from({ length: 30 }, (_, index) => `${index}`);
      const rounds = Array.from({ length: 30 }, (_, index) => `round ${index}`);
      const progress = { isWriting: true };
      const writer = (async () => {
        for (const round of rounds) {
          const value = Buffer.from(round);
          await kv.write(keys.map((key) => ({ key, value })));
        }
        progress.isWriting = false;
      })();
      const seen = new Set<number>();
      while (progress.isWriting) {
        seen.add(new Set(await texts(other, keys)).size);
      }
      await writer;

      deepEqual([...seen], [1]);
      await other.close();
    }),
  );
};
