import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { type KVCall, type KVFault, flakyKV } from "@motte/store-kit/testing";
import {
  type BaileysCaches,
  type KV,
  baileysCaches,
  instrument,
  memoryKV,
  openSqliteKV,
  redisKV,
  seconds,
} from "@motte/store-kit";
import { type RedisServer, startRedis } from "../../../test/support/redis-server.ts";
import { connectTo } from "./support/kv-places.ts";

const DEVICE = { user: "5511", server: "s.whatsapp.net", device: 3 };
const UPLOAD = proto.Message.encode({
  imageMessage: { mediaKey: new Uint8Array(32).fill(7), directPath: "/x" },
}).finish();

const start = (l2: KV, clock: ManualClock, account = "bot"): BaileysCaches =>
  baileysCaches({ account, l2, clock, baileys: { proto }, onError: () => {} });

async function fill(caches: BaileysCaches): Promise<void> {
  await caches.msgRetryCounterCache.set("ID:undefined", 3);
  await caches.userDevicesCache.set("5511", [DEVICE]);
  await caches.userDevicesCache.set("5522", []);
  await caches.mediaCache.set("image:https://media.example/x", UPLOAD);
  await caches.placeholderResendCache.set("ID", true);
  await caches.callOfferCache.set("CALL", { id: "CALL", date: new Date(0) });
}

async function contents(caches: BaileysCaches): Promise<Record<string, unknown>> {
  return {
    retries: await caches.msgRetryCounterCache.get("ID:undefined"),
    devices: { ...(await caches.userDevicesCache.mget(["5511", "5522", "5533"])) },
    media: await caches.mediaCache.get("image:https://media.example/x"),
    placeholder: await caches.placeholderResendCache.get("ID"),
    call: await caches.callOfferCache.get("CALL"),
  };
}

const KEPT = {
  retries: 3,
  devices: { "5511": [DEVICE], "5522": [] },
  media: Buffer.from(UPLOAD),
  placeholder: undefined,
  call: undefined,
};
const NOTHING = {
  retries: undefined,
  devices: {},
  media: undefined,
  placeholder: undefined,
  call: undefined,
};

test("retry counts, devices and uploads survive a restart, and what is over in seconds does not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-caches-"));
  const file = join(folder, "caches.db");
  const clock = new ManualClock(1_000_000);
  const before = await openSqliteKV({ file, clock });
  await fill(start(before, clock));
  await before.close();

  await clock.advance(60_000);
  const after = await openSqliteKV({ file, clock });
  expect(await contents(start(after, clock))).toEqual(KEPT);
  await after.close();

  await clock.advance(4 * 60_000);
  const later = await openSqliteKV({ file, clock });
  const { devices, retries } = await contents(start(later, clock));
  await later.close();
  await rm(folder, { recursive: true });
  expect({ devices, retries }).toEqual({ devices: {}, retries: 3 });
});

test("taken up from the second level, an entry still ends an hour after it was written", async () => {
  const clock = new ManualClock(1_000_000);
  const kv = memoryKV({ clock });
  await fill(start(kv, clock));
  await clock.advance(3_599_000);

  const { msgRetryCounterCache } = start(kv, clock);
  expect(await msgRetryCounterCache.get("ID:undefined")).toBe(3);
  await clock.advance(1_000);

  expect(await msgRetryCounterCache.get("ID:undefined")).toBeUndefined();
});

test("accounts that share a second level share nothing in it, and flushAll empties one cache of one account", async () => {
  const clock = new ManualClock(1_000_000);
  const kv = memoryKV({ clock });
  await fill(start(kv, clock, "one"));
  expect(await contents(start(kv, clock, "other"))).toEqual(NOTHING);

  await fill(start(kv, clock, "other"));
  await start(kv, clock, "one").userDevicesCache.flushAll();

  expect(await contents(start(kv, clock, "one"))).toEqual({ ...KEPT, devices: {} });
  expect(await contents(start(kv, clock, "other"))).toEqual(KEPT);
});

test("a thousand devices are one question to the second level, and then none", async () => {
  const clock = new ManualClock(1_000_000);
  const kv = memoryKV({ clock });
  const users = Array.from({ length: 1024 }, (_, index) => `${index}`);
  await start(kv, clock).userDevicesCache.mset(
    users.map((user) => ({ key: user, value: [{ ...DEVICE, user }] })),
  );
  const reads: number[] = [];
  const watched = instrument(kv, ({ operation, keys }) => {
    if (operation === "getMany") reads.push(keys);
  });

  const { userDevicesCache } = start(watched, clock);
  const first = await userDevicesCache.mget([...users, "0"]);
  await userDevicesCache.mget(users);

  expect(Object.keys(first)).toHaveLength(1024);
  expect(reads).toEqual([1024]);
});

test("what is in this process is answered without a promise, with a second level or without", async () => {
  const clock = new ManualClock(1_000_000);
  for (const caches of [
    start(memoryKV({ clock }), clock),
    baileysCaches({ account: "bot", clock }),
  ]) {
    await fill(caches);

    expect(caches.msgRetryCounterCache.get("ID:undefined")).toBe(3);
    expect(caches.userDevicesCache.get("5511")).toEqual([DEVICE]);
  }
  const alone = baileysCaches({ account: "bot", clock });
  expect(alone.msgRetryCounterCache.set("ID", 1)).toBeUndefined();
  expect(alone.msgRetryCounterCache.get("nothing")).toBeUndefined();
});

test("no key of the media cache stands in the second level as it is, for it is a URL", async () => {
  const clock = new ManualClock(1_000_000);
  const calls: KVCall[] = [];
  const kv = flakyKV(memoryKV({ clock }), (call) => {
    calls.push(call);
    return undefined;
  });
  await fill(start(kv, clock));

  expect(calls.flatMap(({ keys }) => keys).some((key) => key.includes("media.example"))).toBe(
    false,
  );
});

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

test("when Redis dies the caches go on alone, and when it is back they use it again", async () => {
  await using connection = await connectTo("redis", server.port);
  const clock = new ManualClock(1_000_000);
  const kv = redisKV(connection.client, { prefix: "dies", clock, commandTimeout: seconds(30) });
  const caches = start(kv, clock);
  await fill(caches);
  await server.kill();

  await caches.msgRetryCounterCache.set("ID:undefined", 4);
  await caches.userDevicesCache.del("5522");
  expect(await contents(caches)).toMatchObject({
    retries: 4,
    devices: { "5511": [DEVICE] },
    placeholder: true,
  });
  expect(await caches.msgRetryCounterCache.get("unknown")).toBeUndefined();

  await server.restart();
  await expect
    .poll(
      async () => {
        await caches.msgRetryCounterCache.set("back", 1);
        return await start(kv, clock).msgRetryCounterCache.get("back");
      },
      { timeout: 40_000 },
    )
    .toBe(1);
});

test("whatever befalls the second level, no call throws or rejects, and nothing wrong is answered", async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", listen);
  const key = fc.constantFrom("a", "b", "__proto__");
  const fault = fc.constantFrom<KVFault | undefined>(undefined, "fail", "fail-after");
  const step = fc.record({
    do: fc.constantFrom("get", "mget", "set", "mset", "del", "mdel", "flushAll"),
    key,
    faults: fc.array(fault, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      let script: (KVFault | undefined)[] = [];
      const clock = new ManualClock(1_000_000);
      const kv = flakyKV(memoryKV({ clock }), () => script.shift());
      const { msgRetryCounterCache: cache } = start(kv, clock);
      const model = new Map<string, number>();
      let count = 0;
      for (const { do: what, key: name, faults } of steps) {
        script = [...faults];
        count += 1;
        if (what === "get") {
          isOneOf(await cache.get(name), [undefined, model.get(name)]);
        } else if (what === "mget") {
          const found = await cache.mget(["a", "b", "__proto__"]);
          for (const [each, value] of Object.entries(found)) isOneOf(value, [model.get(each)]);
        } else if (what === "set") {
          await cache.set(name, count);
          model.set(name, count);
        } else if (what === "mset") {
          await cache.mset([
            { key: "a", value: count },
            { key: name, value: count },
          ]);
          model.set("a", count).set(name, count);
        } else if (what === "del") {
          await cache.del(name);
          model.delete(name);
        } else if (what === "mdel") {
          await cache.mdel([name, "a"]);
          model.delete("a");
          model.delete(name);
        } else {
          await cache.flushAll();
          model.clear();
        }
      }
    }),
    { numRuns: 100 },
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
});

function isOneOf(actual: unknown, allowed: readonly unknown[]): void {
  expect(allowed).toContain(actual);
}
