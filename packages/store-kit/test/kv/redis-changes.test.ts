import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type InvalidationBus,
  type RedisChangesOptions,
  type RedisSubscriber,
  type TieredCache,
  jsonCodec,
  lru,
  minutes,
  redisChanges,
  redisKV,
  tiered,
  seconds,
} from "@motte/store-kit";
import { until } from "../../../../test/support/redis-server.ts";
import { type CommandFault, flakyRedis } from "../support/flaky-redis.ts";
import { sharedRedis } from "../support/shared-redis.ts";
import type { RedisLibrary } from "../support/kv-places.ts";

const redis = sharedRedis();
let channels = 0;

const ends: (() => unknown)[] = [];
const endAll = async (): Promise<void> => {
  for (const end of ends.splice(0)) await end();
};
afterEach(endAll);

/** A client that is only for hearing, as a user makes it. */
async function subscriberOf(library: RedisLibrary): Promise<RedisSubscriber> {
  if (library === "redis") {
    const subscriber = redis.client.duplicate();
    subscriber.on("error", () => {});
    await subscriber.connect();
    ends.push(() => subscriber.destroy());
    return subscriber;
  }
  const subscriber = new Redis(redis.server.url, { lazyConnect: true, retryStrategy: () => 20 });
  subscriber.on("error", () => {});
  await subscriber.connect();
  ends.push(async () => {
    // It may be about to subscribe again by itself, and nobody could catch what it throws if it ended meanwhile
    // (ioredis event_handler.js: readyHandler). What is answered after that is behind it.
    await subscriber.ping();
    await subscriber.quit();
  });
  return subscriber;
}

interface Heard {
  readonly bus: InvalidationBus;
  /** What was told, as keys, or `all`. */
  readonly heard: (string | readonly string[])[];
  readonly clock: ManualClock;
  readonly errors: Error[];
}

/** One process' end of the channel, which is heard when this resolves. */
async function listen(
  channel: string,
  library: RedisLibrary,
  options: Partial<RedisChangesOptions> = {},
): Promise<Heard> {
  const clock = new ManualClock(1_000_000);
  const errors: Error[] = [];
  const bus = redisChanges({
    client: redis.client,
    subscriber: await subscriberOf(library),
    channel,
    clock,
    onError: (error) => void errors.push(error),
    commandTimeout: seconds(30),
    ...options,
  });
  const heard: Heard["heard"] = [];
  const subscription = bus.subscribe((keys) => void heard.push(keys ?? "all"));
  ends.push(() => subscription[Symbol.dispose]());
  await vi.waitFor(() => expect(heard).toEqual(["all"]), { timeout: 40_000 });
  heard.length = 0;
  return { bus, heard, clock, errors };
}

/** Lets a process look again and again until it is so. */
async function lookUntil({ clock }: Heard, isSo: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(1000);
      isSo();
    },
    { timeout: 40_000 },
  );
}

const killSubscribers = (): Promise<unknown> =>
  redis.client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);

describe.each(["redis", "ioredis"] as const)("changes over Redis, heard through %s", (library) => {
  test("reach the others, and not the one who made them", async () => {
    const channel = `channel ${++channels}`;
    const [one, other] = [await listen(channel, library), await listen(channel, library)];
    const elsewhere = await listen(`channel ${++channels}`, library);
    one.bus.publish(["a", "b\u0000 é"]);
    one.bus.publish(undefined);
    await vi.waitFor(() => expect(other.heard).toHaveLength(2), { timeout: 40_000 });
    expect(other.heard).toEqual([["a", "b\u0000 é"], "all"]);
    expect([one.heard, elsewhere.heard]).toEqual([[], []]);
    await other.clock.advance(5000);
    expect([other.heard, other.errors]).toEqual([expect.any(Array), []]);
  });

  test("that were missed while the connection was away are taken to be of every key", async () => {
    const channel = `channel ${++channels}`;
    const [one, other] = [await listen(channel, library), await listen(channel, library)];
    // Sent in one go with the end of the connections: nobody is back by then.
    const killed = killSubscribers();
    one.bus.publish(["a"]);
    await killed;
    await lookUntil(other, () => expect(other.heard).toContain("all"));
    // It hears again.
    await vi.waitFor(
      () => {
        one.bus.publish(["later"]);
        expect(other.heard).toContainEqual(["later"]);
      },
      { timeout: 40_000 },
    );
  });

  test("a connection that was away while nothing changed costs nothing", async () => {
    const other = await listen(`channel ${++channels}`, library);
    await killSubscribers();
    for (let n = 0; n < 5; n++) await other.clock.advance(1000);
    expect(other.heard).toEqual([]);
  });
});

test("what could not be sent is owed, and sent as every key", async () => {
  const channel = `channel ${++channels}`;
  let fault: CommandFault | undefined;
  const one = await listen(channel, "redis", { client: flakyRedis(redis.client, () => fault) });
  const other = await listen(channel, "redis");
  fault = "refuse";
  one.bus.publish(["a"]);
  await vi.waitFor(() => expect(one.errors).toHaveLength(1), { timeout: 40_000 });
  expect(one.errors).toMatchObject([{ code: "STORE_KIT_UNAVAILABLE" }]);
  fault = undefined;
  await lookUntil(one, () => expect(other.heard).toEqual(["all"]));
});

test("what fails while an owed message is being sent is owed, too", async () => {
  const channel = `channel ${++channels}`;
  let publishes = 0;
  const one = await listen(channel, "redis", {
    client: flakyRedis(redis.client, (args) => {
      const text = args.map(String).join(" ");
      if (text.includes('"keys"')) return "refuse";
      // The owed one is on its way: another change is made, and cannot be sent.
      if (text.includes('"from"') && ++publishes === 1) one.bus.publish(["b"]);
      return undefined;
    }),
  });
  const other = await listen(channel, "redis");
  one.bus.publish(["a"]);
  await vi.waitFor(() => expect(one.errors).toHaveLength(1), { timeout: 40_000 });
  await lookUntil(one, () => expect(other.heard).toEqual(["all", "all"]));
});

test("a Redis that lost its data and was told of changes since is noticed", async () => {
  const channel = `channel ${++channels}`;
  const [one, other] = [await listen(channel, "redis"), await listen(channel, "redis")];
  for (let n = 0; n < 3; n++) one.bus.publish([`${n}`]);
  await vi.waitFor(() => expect(other.heard).toHaveLength(3), { timeout: 40_000 });
  other.heard.length = 0;
  await redis.server.restart();
  await until("the client is back", async () => redis.client.isReady);
  for (let n = 0; n < 5; n++) one.bus.publish([`${n}`]);
  await lookUntil(other, () => expect(other.heard).toContain("all"));
});

test("nobody is listened to any more, and no timer is left, when the last one leaves", async () => {
  const channel = `channel ${++channels}`;
  const clock = new ManualClock(0);
  const bus = redisChanges({
    client: redis.client,
    subscriber: await subscriberOf("redis"),
    channel,
    clock,
  });
  const heard: unknown[] = [];
  const subscription = bus.subscribe((keys) => void heard.push(keys));
  await vi.waitFor(() => expect(clock.pendingTimers).toBe(1), { timeout: 40_000 });
  subscription[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
  await vi.waitFor(
    async () => expect(await redis.client.pubSubNumSub([channel])).toEqual({ [channel]: 0 }),
    { timeout: 40_000 },
  );
  expect(heard).toEqual([undefined]);
});

const op = fc.oneof(
  {
    arbitrary: fc.record({
      op: fc.constantFrom("set" as const, "get" as const, "delete" as const),
      who: fc.nat(1),
      key: fc.constantFrom("a", "b"),
    }),
    weight: 8,
  },
  fc.constant({ op: "cut" as const }),
  fc.record({ op: fc.constant("look" as const), who: fc.nat(1) }),
);

test("two caches on one Redis agree in the end, whatever they do and whenever they are cut off", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 20 }), async (ops) => {
      const channel = `channel ${++channels}`;
      const processes = await Promise.all([listen(channel, "redis"), listen(channel, "ioredis")]);
      const caches: TieredCache<number>[] = processes.map(({ bus, clock }) =>
        tiered<number>({
          l1: lru({ clock }),
          l2: redisKV(redis.client, { prefix: channel, clock, commandTimeout: seconds(30) }),
          codec: jsonCodec(),
          ttl: minutes(10),
          bus,
          clock,
        }),
      );
      let n = 0;
      for (const one of ops) {
        if (one.op === "cut") await killSubscribers();
        else if (one.op === "look") await processes[one.who]?.clock.advance(1000);
        else if (one.op === "set") await caches[one.who]?.set(one.key, ++n);
        else if (one.op === "delete") await caches[one.who]?.deleteMany([one.key]);
        else await caches[one.who]?.get(one.key);
      }
      const kept = await redisKV(redis.client, {
        prefix: channel,
        clock: processes[0].clock,
        commandTimeout: seconds(30),
      }).getMany(["a", "b"]);
      await vi.waitFor(
        async () => {
          for (const { clock } of processes) await clock.advance(1000);
          for (const cache of caches) {
            for (const key of ["a", "b"]) {
              const near = cache.peek(key);
              if (near === undefined) continue;
              const far = kept.get(key)?.value;
              expect(far && jsonCodec().decode(far.subarray(6))).toBe(near);
            }
          }
        },
        { timeout: 40_000 },
      );
      for (const cache of caches) cache[Symbol.dispose]();
      await endAll();
    }),
    { numRuns: 25 },
  );
});

test.each([
  ["no channel", { channel: "" }],
  ["an option that there is not", { poll: 1 }],
  ["a subscriber that is no client", { subscriber: {} }],
  ["a client that is none", { client: {} }],
])("%s is refused", async (_what, options) => {
  const good = { client: redis.client, subscriber: await subscriberOf("redis"), channel: "c" };
  expect(() => redisChanges({ ...good, ...(options as object) })).toThrow(
    expect.objectContaining({ name: "UsageError" }),
  );
});
