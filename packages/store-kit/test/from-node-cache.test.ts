import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { afterEach, expect, test, vi } from "vitest";
import {
  type NodeCacheLike,
  asCacheStore,
  fromNodeCache,
  jsonCodec,
  memoryKV,
  milliseconds,
  minutes,
  seconds,
  tiered,
} from "@motte/store-kit";

interface NodeCacheModule {
  readonly NodeCache: new <V>(options?: object) => NodeCacheLike<V>;
}

// The copy that Baileys brings, which its users have at hand.
const fromBaileys = createRequire(fileURLToPath(import.meta.resolve("@whiskeysockets/baileys")));
const { NodeCache } = fromBaileys("@cacheable/node-cache") as NodeCacheModule;

const guard = (_key: string, value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;

afterEach(() => void vi.useRealTimers());

const key = fc.constantFrom("a", "b", "c", "__proto__", "b:a");
const step = fc.oneof(
  fc.record({ op: fc.constant("set" as const), key, value: fc.nat(99) }),
  fc.record({ op: fc.constant("delete" as const), key }),
  fc.constant({ op: "clear" as const }),
);

test("a NodeCache is a map, and what else is in it is left alone", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 20 }),
      fc.constantFrom("", "b:"),
      (steps, otherPrefix) => {
        const shared = new NodeCache<number>();
        const cache = fromNodeCache(shared, { prefix: "motte:" });
        const other = fromNodeCache(shared, { prefix: `other:${otherPrefix}` });
        other.set("a", -1);
        const model = new Map<string, number>();
        let differences = 0;
        for (const one of steps) {
          if (one.op === "set") {
            cache.set(one.key, one.value);
            model.set(one.key, one.value);
          } else if (one.op === "clear") {
            cache.clear();
            model.clear();
          } else if (cache.delete(one.key) !== model.delete(one.key)) differences += 1;
        }
        expect(new Set(cache.keys())).toEqual(new Set(model.keys()));
        expect(differences).toBe(0);
        expect([cache.size, cache.bytes, other.size, other.get("a")]).toEqual([
          model.size,
          0,
          1,
          -1,
        ]);
        for (const [name, value] of model) expect(cache.get(name)).toBe(value);
      },
    ),
  );
});

test("one that is full keeps nothing new, and never answers with the past", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const shared = new NodeCache<number>({ maxKeys: 2 });
      const cache = fromNodeCache(shared);
      const last = new Map<string, number>();
      for (const one of steps) {
        if (one.op === "set") {
          cache.set(one.key, one.value);
          last.set(one.key, one.value);
        } else if (one.op === "clear") {
          cache.clear();
          last.clear();
        } else {
          cache.delete(one.key);
          last.delete(one.key);
        }
        const wrong = [...cache.keys()].filter((name) => cache.get(name) !== last.get(name));
        expect(wrong).toEqual([]);
        expect(cache.size).toBeLessThanOrEqual(2);
      }
    }),
  );
  const cache = fromNodeCache(new NodeCache<number>({ maxKeys: 1 }));
  for (const value of [1, 2]) cache.set("a", value);
  cache.set("b", 3);
  expect([cache.get("a"), cache.get("b")]).toEqual([2, undefined]);
});

test("lives are milliseconds here; the NodeCache's own count where none is given", () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ["Date"] });
  const cache = fromNodeCache(new NodeCache<string>({ stdTTL: 300 }));
  cache.set("own", "v");
  cache.set("short", "v", { ttl: milliseconds(1500) });
  cache.set("none", "v");
  cache.set("none", "w", { ttl: milliseconds(0) });
  const held = (): (string | undefined)[] =>
    ["own", "short", "none"].map((name) => cache.get(name));
  vi.setSystemTime(1_001_499);
  expect(held()).toEqual(["v", "v", undefined]);
  vi.setSystemTime(1_001_501);
  expect(held()).toEqual(["v", undefined, undefined]);
  vi.setSystemTime(1_300_001);
  expect(held()).toEqual([undefined, undefined, undefined]);
});

test("it may be the first level before a KV, and what makeWASocket takes", async () => {
  const clock = new ManualClock(1_000_000);
  const near = new NodeCache<number>({ useClones: false });
  const cache = tiered<number>({
    l1: fromNodeCache(near, { prefix: "retry:" }),
    l2: memoryKV({ clock }),
    codec: jsonCodec(),
    ttl: minutes(1),
    l1Ttl: seconds(30),
    clock,
  });
  const store = asCacheStore(cache, { account: "bot", namespace: "retry", guard });
  await store.set("ID:user", 3);
  expect([store.get("ID:user"), near.keys()]).toEqual([3, ["retry:ID:user"]]);
  near.flushAll();
  expect(await store.get("ID:user")).toBe(3);
});

test("what is no NodeCache is refused, and an error of one that is not full is not kept quiet", () => {
  const usage = expect.objectContaining({ code: "USAGE_INVALID_OPTION" });
  expect(() => fromNodeCache(new Map() as never)).toThrow(usage);
  const broken = new NodeCache<number>();
  broken.set = () => {
    throw new Error("broken");
  };
  expect(() => fromNodeCache(broken).set("a", 1)).toThrow("broken");
});
