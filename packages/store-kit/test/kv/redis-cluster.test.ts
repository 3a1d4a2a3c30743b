import type { RedisClient } from "@motte/core/redis";
import { ManualClock } from "@motte/core/manual-clock";
import { kvSuite } from "@motte/store-kit/testing";
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRedisTables, redisKV, seconds } from "@motte/store-kit";
import { type RedisCluster, startRedisCluster } from "../../../../test/support/redis-server.ts";
import { type ConnectedRedis, type RedisLibrary, redisPlace } from "../support/kv-places.ts";
import { runner } from "../support/runner.ts";

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

async function connect(library: RedisLibrary): Promise<ConnectedRedis> {
  const ports = cluster.servers.map(({ port }) => port);
  if (library === "redis") {
    const client = createCluster({
      rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    client.on("error", () => {});
    await client.connect();
    return { client, [Symbol.asyncDispose]: async () => client.destroy() };
  }
  const client = new Cluster(
    ports.map((port) => ({ host: "127.0.0.1", port })),
    { lazyConnect: true },
  );
  client.on("error", () => {});
  await client.connect();
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}

describe.each(["redis", "ioredis"] as const)("the Redis KV on a cluster through %s", (library) => {
  let connection: ConnectedRedis;
  const client = (): RedisClient => connection.client;
  beforeAll(async () => {
    connection = await connect(library);
  });
  afterAll(() => connection[Symbol.asyncDispose]());

  kvSuite(runner, { createPlace: async () => redisPlace(client()) });

  test("every account is whole, wherever in the cluster it lies", async () => {
    const kv = redisKV(client(), {
      prefix: `spread ${library}`,
      clock: new ManualClock(1000),
      commandTimeout: seconds(30),
    });
    const accounts = Array.from({ length: 40 }, (_, index) => kv.namespace(`account ${index}`));

    for (const account of accounts) {
      await account.namespace("devices").write([
        { key: "a", value: Buffer.from("1") },
        { key: "b", value: Buffer.from("2") },
      ]);
      expect((await account.namespace("devices").getMany(["a", "b"])).size).toBe(2);
    }
  });

  test("the tables of every account are whole, too", async () => {
    const prefix = `tables ${library}`;
    for (let index = 0; index < 10; index++) {
      const open = {
        account: `account ${index}`,
        client: client(),
        prefix,
        commandTimeout: seconds(30),
      };
      const tables = await openRedisTables(open);
      for (const name of ["chat", "label"] as const) {
        tables.table<number>({ name, max: 10, rankOf: Number }).set("k", index);
      }
      await tables.close();
      await using again = await openRedisTables(open);
      const rows = ["chat" as const, "label" as const].map((name) =>
        again.table<number>({ name, max: 10, rankOf: Number }).get("k"),
      );
      expect(rows).toEqual([index, index]);
    }
  });
});
