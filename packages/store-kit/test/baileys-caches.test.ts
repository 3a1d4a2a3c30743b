import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MediaType, prepareWAMessageMedia, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { type SyncCache, asCacheStore, baileysCaches, lru } from "@motte/store-kit";

const asIs = (_key: string, value: unknown): unknown => value;
const key = fc.constantFrom("a", "b", "a:b", 'a"]', "|", "\0", "{}", "__proto__", "constructor");

test("every cache forgets when its own time is over, at most a second early, and no reconnect closes it", async () => {
  const clock = new ManualClock();
  const caches = baileysCaches({ account: "bot", clock });
  const { msgRetryCounterCache, userDevicesCache, placeholderResendCache, callOfferCache } = caches;
  const lives = { retry: 3_600_000, devices: 300_000, placeholder: 60_000, call: 300_000 };

  const visible = async (): Promise<unknown[]> => [
    await msgRetryCounterCache.get("ID:undefined"),
    await userDevicesCache.get("5511"),
    await placeholderResendCache.get("ID"),
    await callOfferCache.get("CALL"),
  ];
  await msgRetryCounterCache.set("ID:undefined", 1);
  await userDevicesCache.set("5511", [{ user: "5511", server: "s.whatsapp.net", device: 3 }]);
  await placeholderResendCache.set("ID", true);
  await callOfferCache.set("CALL", { id: "CALL" });

  await clock.advance(lives.placeholder - 1001);
  expect((await visible()).every(Boolean)).toBe(true);
  await clock.advance(1001);
  expect((await visible()).map(Boolean)).toEqual([true, true, false, true]);
  await clock.advance(lives.devices - lives.placeholder - 1001);
  expect((await visible()).map(Boolean)).toEqual([true, true, false, true]);
  await clock.advance(1001);
  expect((await visible()).map(Boolean)).toEqual([true, false, false, false]);
  await clock.advance(lives.retry - lives.devices - 1001);
  expect((await visible()).map(Boolean)).toEqual([true, false, false, false]);
  await clock.advance(1001);
  expect((await visible()).map(Boolean)).toEqual([false, false, false, false]);
  expect(Object.values(caches).some((cache) => "close" in cache)).toBe(false);
});

test("a placeholder is kept by reference, since Baileys adds the message to it later", async () => {
  const { placeholderResendCache } = baileysCaches({ account: "bot" });
  const stub = { key: { id: "ID" } };

  await placeholderResendCache.set("ID", stub);

  expect(await placeholderResendCache.get("ID")).toBe(stub);
});

test.each([
  ["a retry count that is text", "msgRetryCounterCache", "2"],
  ["a negative retry count", "msgRetryCounterCache", -1],
  ["a retry count that is not a number", "msgRetryCounterCache", Number.NaN],
  ["a device list that is no list", "userDevicesCache", { user: "5511" }],
  ["a device without a user", "userDevicesCache", [{ device: 1 }]],
  ["media that is not bytes", "mediaCache", { type: "Buffer", data: [1] }],
] as const)("%s becomes a miss", async (_what, name, value) => {
  const cache = baileysCaches({ account: "bot" })[name];

  await cache.set("key", value);

  expect(await cache.get("key")).toBeUndefined();
});

test("no devices is a valid answer and not a miss", async () => {
  const { userDevicesCache } = baileysCaches({ account: "bot" });

  await userDevicesCache.set("5511", []);

  expect(await userDevicesCache.mget(["5511"])).toEqual({ "5511": [] });
});

test("the same file sent to a newsletter and then to a chat is uploaded again, encrypted, and only then reused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-media-"));
  const file = join(folder, "note.txt");
  await writeFile(file, "hello");
  const { mediaCache } = baileysCaches({ account: "bot", baileys: { proto } });
  let uploads = 0;
  const send = async (jid: string): Promise<proto.IMessage> =>
    prepareWAMessageMedia(
      { document: { url: file }, mimetype: "text/plain" },
      {
        jid,
        mediaCache,
        upload: async (_path: string, { mediaType }: { mediaType: MediaType }) => {
          uploads += 1;
          return { mediaUrl: `https://media.invalid/${mediaType}`, directPath: "/x" };
        },
      },
    );

  await send("1@newsletter");
  const toChat = await send("5511@s.whatsapp.net");
  const again = await send("5522@s.whatsapp.net");
  await rm(folder, { recursive: true });

  expect(uploads).toBe(2);
  expect(toChat.documentMessage?.mediaKey).toHaveLength(32);
  expect(again.documentMessage?.mediaKey).toEqual(toChat.documentMessage?.mediaKey);
});

test("a round video note is not cached, for Baileys cannot use the entry", async () => {
  const { mediaCache } = baileysCaches({ account: "bot", baileys: { proto } });
  const note = { ptvMessage: { mediaKey: new Uint8Array(32) } };

  await mediaCache.set("video:x", proto.Message.encode(note).finish());

  expect(await mediaCache.get("video:x")).toBeUndefined();
});

test("mget agrees with get for any keys, twice named, absent or named like a property", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key), fc.array(key), async (stored, asked) => {
      const cache = asCacheStore(lru<unknown>(), { account: "a", namespace: "n", guard: asIs });
      await cache.mset(stored.map((name, value) => ({ key: name, value })));

      const found = await cache.mget(asked);

      expect(Object.keys(found).toSorted()).toEqual(
        [...new Set(asked)].filter((name) => stored.includes(name)).toSorted(),
      );
      for (const name of asked) expect(found[name]).toBe(cache.get(name));
    }),
  );
});

test("ten thousand keys are read in one go", async () => {
  const cache = asCacheStore(lru<unknown>(), { account: "a", namespace: "n", guard: asIs });
  const keys = Array.from({ length: 10_000 }, (_, index) => `${index}`);

  await cache.mset(keys.map((name) => ({ key: name, value: name })));

  expect(Object.keys(await cache.mget(keys))).toHaveLength(10_000);
});

test("accounts and namespaces on one cache never see each other, whatever the names and keys", async () => {
  // Names made of what separates names, so that any joining of them by hand collides.
  const name = fc.string({ unit: fc.constantFrom("a", ":"), maxLength: 2 });
  const scope = fc.record({ account: name, namespace: name });
  await fc.assert(
    fc.asyncProperty(scope, scope, key, key, async (one, other, ownKey, otherKey) => {
      fc.pre(one.account !== other.account || one.namespace !== other.namespace);
      const shared = lru<unknown>({ max: 10 });
      const mine = asCacheStore(shared, { ...one, guard: asIs });
      const theirs = asCacheStore(shared, { ...other, guard: asIs });
      await mine.set(ownKey, "mine");

      await theirs.set(otherKey, "theirs");
      expect(mine.get(ownKey)).toBe("mine");
      await theirs.mdel([ownKey]);
      await theirs.flushAll();

      expect(mine.get(ownKey)).toBe("mine");
      expect(theirs.get(otherKey)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("a cache of its own keeps keys as they are, and flushAll empties it", async () => {
  const own = lru<unknown>();
  const cache = asCacheStore(own, { account: "a", namespace: "n", guard: asIs, exclusive: true });
  await cache.mset([
    { key: "a", value: 1 },
    { key: "b", value: 2 },
  ]);
  expect([...own.keys()]).toEqual(["b", "a"]);

  await cache.flushAll();

  expect(own.size).toBe(0);
});

test("a failing cache answers every call, rejects none, and says what happened", async () => {
  const broken: SyncCache<unknown> = new Proxy(lru<unknown>(), {
    get: () => () => {
      throw new Error("broken");
    },
  });
  const codes: unknown[] = [];
  const cache = asCacheStore(broken, {
    account: "a",
    namespace: "n",
    guard: asIs,
    onError: (error) => codes.push("code" in error && error.code),
  });

  expect(await cache.get("k")).toBeUndefined();
  await cache.set("k", 1);
  await cache.del("k");
  await cache.flushAll();
  expect({ ...(await cache.mget(["k"])) }).toEqual({});
  await cache.mset([{ key: "k", value: 1 }]);
  await cache.mdel(["k"]);

  expect(codes).toEqual(Array.from({ length: 7 }, () => "STORE_KIT_CACHE_FAILED"));
});

test("a guard or a sink that fails does not reach Baileys either", async () => {
  const warnings: unknown[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", listen);
  const cache = asCacheStore(lru<unknown>(), {
    account: "a",
    namespace: "n",
    guard: async () => Promise.reject(new Error("guard")),
    onError: () => {
      throw new Error("sink");
    },
  });

  await cache.set("k", 1);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listen);

  expect(await cache.get("k")).toBeUndefined();
  expect(warnings).toEqual(["The cache n failed", "sink"]);
});

test("bad options are refused", () => {
  expect(() => baileysCaches({ account: "" })).toThrowError(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});

test("a cache store refuses a misspelt option", () => {
  const options = { account: "bot", namespace: "n", guard: asIs };
  const misspelt: typeof options = Object.assign({ exclusiv: true }, options);

  expect(() => asCacheStore(lru(), misspelt)).toThrowError(
    expect.objectContaining({ code: "USAGE_UNKNOWN_OPTION" }),
  );
});
