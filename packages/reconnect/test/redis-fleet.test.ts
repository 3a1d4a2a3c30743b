import { systemClock } from "@motte/core/clock";
import type { RedisClient } from "@motte/core/redis";
import { type RedisFleet, type RedisFleetOptions, redisFleet } from "@motte/reconnect";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis, until } from "../../../test/support/redis-server.ts";
import * as laws from "./laws/fleet.ts";
import { FleetWorld } from "./laws/fleet/fleet-world.ts";
import { startProgram } from "./support/program.ts";
import { StoppedRedisTime } from "./support/stopped-redis-time.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

interface TestClient extends AsyncDisposable {
  readonly client: RedisClient;
}

// A fault of a test is meant to happen; it shows in the commands that fail.
const expected = (): void => {};

async function connect(library: "redis" | "ioredis", url: string): Promise<TestClient> {
  if (library === "redis") {
    const client = createClient({ url, socket: { reconnectStrategy: () => 20 } });
    client.on("error", expected);
    await client.connect();
    return { client, [Symbol.asyncDispose]: async () => client.destroy() };
  }
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 });
  client.on("error", expected);
  await client.connect();
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}

let fleets = 0;

function freshPrefix(): string {
  return `fleet ${++fleets}`;
}

describe("the laws of a fleet hold over Redis too", () => {
  it.each(Object.values(laws).map((law) => [law.name, law] as const))("%s", async (_, law) => {
    await using own = await connect("ioredis", server.url);
    let world: FleetWorld | undefined;
    const client = new StoppedRedisTime(own.client as Redis, () => {
      if (world === undefined) throw new Error("there is no world yet");
      return world.clock;
    });
    const check = law.checkOn(
      () => {
        const make = (options: RedisFleetOptions): RedisFleet =>
          redisFleet(client, { ...options, prefix: freshPrefix(), pollMs: 500 });
        world = new FleetWorld(make, client.settled);
        return world;
      },
      { numRuns: 6 },
    );

    await expect(check).resolves.toBeUndefined();
  });
});

describe.concurrent("a fleet of several processes", () => {
  it("keeps one rate and one bound, whichever library they use", async () => {
    const prefix = freshPrefix();
    const options = { prefix, ratePerSecond: 50, burst: 5, maxHandshakes: 3, pollMs: 5 };
    await using first = await connect("redis", server.url);
    await using second = await connect("ioredis", server.url);
    await using a = redisFleet(first.client, options);
    await using b = redisFleet(second.client, options);
    const startMs = systemClock.monotonic();
    const inMs: number[] = [];
    let underWay = 0;
    let most = 0;
    const connectOnce = async (fleet: RedisFleet, id: string): Promise<void> => {
      const ticket = await fleet.acquire({ id, lane: "reconnect" });
      inMs.push(systemClock.monotonic() - startMs);
      most = Math.max(most, ++underWay);
      await systemClock.sleep(5);
      underWay--;
      ticket.release("opened");
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => connectOnce(index % 2 === 0 ? a : b, `a${index}`)),
    );

    expect(most).toBeLessThanOrEqual(3);
    expect(a.snapshot().granted).toBe(30);
    expect(b.snapshot().granted).toBe(30);
    // Heard of later than granted, so what was heard by then is no more than what was granted.
    inMs.forEach((atMs, index) => expect(index + 1).toBeLessThanOrEqual(6 + (atMs / 1_000) * 50));
  });

  it("frees what a killed process held, and takes over its turn", async () => {
    await using own = await startRedis(["--save", ""]);
    await using first = startProgram("fleet-member.ts", own.url, "first");
    await first.prints("in");
    await using second = startProgram("fleet-member.ts", own.url, "second");
    await second.prints("asks");
    await using third = startProgram("fleet-member.ts", own.url, "third");
    await third.prints("asks");
    // Longer than a lease: somebody who lives keeps the place.
    await systemClock.sleep(7_000);
    expect([...second.lines, ...third.lines]).toEqual(["asks", "asks"]);

    first.kill("SIGKILL");
    const next = await Promise.race([
      second.prints("in").then(() => second),
      third.prints("in").then(() => third),
    ]);
    next.kill("SIGKILL");
    await (next === second ? third : second).prints("in");
  });

  it("passes over a stalled process, which keeps its place", async () => {
    await using own = await startRedis(["--save", ""]);
    await using connection = await connect("ioredis", own.url);
    const options = { maxHandshakes: 1, leaseMs: 600_000, pollMs: 50 };
    await using fleet = redisFleet(connection.client, options);
    const held = await fleet.acquire({ id: "a", lane: "boot" });
    await using stalled = startProgram("fleet-member.ts", own.url, "b", "600000");
    const queue = "{motte:fleet}:waiting:default";
    const queued = (): Promise<number> => (connection.client as Redis).zcard(queue);
    await until("the other process waits", async () => (await queued()) === 1);
    stalled.kill("SIGSTOP");

    const next = fleet.acquire({ id: "c", lane: "boot" });
    await until("both wait", async () => (await queued()) === 2);
    held.release("opened");
    const ticket = await next;
    expect(await queued()).toBe(1);
    stalled.kill("SIGCONT");
    ticket.release("opened");
    await stalled.prints("in");
  });

  it("opens one breaker for all and sends one canary", async () => {
    const options = {
      prefix: freshPrefix(),
      pollMs: 5,
      breaker: { accounts: 2, probeMs: 100 },
    };
    await using own = await connect("ioredis", server.url);
    await using a = redisFleet(own.client, options);
    await using b = redisFleet(own.client, options);
    const disconnect = {
      cause: "client-outdated",
      origin: "failure",
      credentials: "keep",
      message: "",
    } as const;
    const [one, two] = await Promise.all([
      a.acquire({ id: "a1", lane: "boot" }),
      b.acquire({ id: "b1", lane: "boot" }),
    ]);
    one.release("failed", disconnect);
    two.release("failed", disconnect);
    // Told behind what goes on, so that whoever asks at once may be faster.
    const openBreakers = () => [a, b].flatMap((fleet) => fleet.snapshot().breakers);
    await until("the breaker is open", async () => openBreakers().length > 0);

    const letIn: string[] = [];
    const ask = async (fleet: RedisFleet, id: string): Promise<void> => {
      const ticket = await fleet.acquire({ id, lane: "reconnect" });
      letIn.push(id);
      await systemClock.sleep(100);
      expect(letIn).toHaveLength(1);
      ticket.release("opened");
    };
    const canary = Promise.race([ask(a, "a2"), ask(b, "b2")]);
    await canary;
  });
});

describe.concurrent("a fleet whose Redis fails", () => {
  it.each(["redis", "ioredis"] as const)(
    "goes on by itself, keeps its limits, says so once, and comes back (%s)",
    async (library) => {
      await using own = await startRedis(["--save", ""]);
      await using connection = await connect(library, own.url);
      await using fleet = redisFleet(connection.client, {
        ratePerSecond: 0.01,
        burst: 2,
        pollMs: 10,
        retryMs: 500,
        commandTimeoutMs: 3_000,
      });
      const errors: unknown[] = [];
      fleet.onError((error) => errors.push(error));
      const first = await fleet.acquire({ id: "a", lane: "boot" });
      await own.kill();

      const second = await fleet.acquire({ id: "b", lane: "boot" });
      expect(fleet.mode).toBe("alone");
      expect(errors).toHaveLength(1);
      first.release("opened");
      second.release("opened");
      const third = await fleet.acquire({ id: "c", lane: "boot" });
      const controller = new AbortController();
      const fourth = fleet.acquire({ id: "d", lane: "boot", signal: controller.signal });
      await systemClock.sleep(50);
      controller.abort(new Error("enough"));
      await expect(fourth).rejects.toThrow("enough");
      third.release("aborted");

      await own.restart();
      await until("the fleet is back", async () => {
        const ticket = await fleet.acquire({ id: "e", lane: "boot", key: `${systemClock.now()}` });
        ticket.release("aborted");
        return fleet.mode === "shared";
      });
    },
  );
});

describe("the options of a fleet in Redis", () => {
  const client = { status: "ready", callBuffer: async () => null, on: () => {} };

  const misspelt: object = { lease: 1 };

  it.each<[RedisFleetOptions, string]>([
    [{ prefix: "" }, "prefix"],
    [{ prefix: "a{b}" }, "prefix"],
    [{ leaseMs: 10 }, "leaseMs"],
    [{ pollMs: 0 }, "pollMs"],
    [{ burst: 0 }, "burst"],
    [misspelt, 'no option "lease"'],
  ])("refuse %j", (options, words) => {
    expect(() => redisFleet(client, options)).toThrow(words);
  });

  it("refuse what is no client", () => {
    expect(() => redisFleet({} as RedisClient)).toThrow("no Redis client");
  });
});
