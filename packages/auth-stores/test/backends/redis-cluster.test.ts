import { setTimeout as pause } from "node:timers/promises";
import { hasCode } from "@motte/core/errors";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { testBackend } from "@motte/auth-stores/conformance";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type RedisCluster,
  redisCommand,
  startRedisCluster,
  until,
} from "../../../../test/support/redis-server.ts";
import { putOp } from "../support/backend-calls.ts";
import {
  type TestClient,
  connectTo,
  connectToCluster,
  libraries,
} from "../support/redis-clients.ts";
import { ageLeases } from "../support/redis-leases.ts";
import { runner } from "../support/runner.ts";

let cluster: RedisCluster;
let ports: number[];
beforeAll(async () => {
  cluster = await startRedisCluster();
  ports = cluster.servers.map(({ port }) => port);
});
afterAll(() => cluster[Symbol.asyncDispose]());

let places = 0;

describe.each(libraries)("the Redis backend on a cluster with %s", (library) => {
  let shared: TestClient;
  beforeAll(async () => {
    shared = await connectToCluster(library, ports);
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  testBackend(runner, {
    createPlace: async () => {
      const prefix = `cluster ${++places}`;
      return {
        open: () => redisBackend(shared.client, { prefix }),
        passTime: async (ms) => {
          for (const port of ports.slice(0, 3)) await ageLeases(port, prefix, ms);
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });

  test("sessions spread over the servers, and are listed from all of them without an index", async () => {
    const prefix = `spread ${library}`;
    const backend = await redisBackend(shared.client, { prefix });
    const names = Array.from({ length: 20 }, (_, index) => `session ${index}`);
    for (const name of names) {
      const options = { create: true, owner: "o", leaseMs: 60_000, isKnownDead: () => false };
      const session = await backend.open(name, options);
      await session.commit({ batchId: "1", ops: [putOp("t", "1", name), putOp("u", "1", name)] });
    }
    const counts = await Promise.all(ports.slice(0, 3).map((port) => redisCommand(port, "DBSIZE")));
    expect(counts.every((count) => Number(count.slice(1)) > 0)).toBe(true);

    const direct = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })));
    await direct.del(`${prefix}:idx`);
    direct.disconnect();
    const listed: string[] = [];
    for await (const { sessionId } of backend.list()) listed.push(sessionId);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });
});

test.each(libraries)("a client of %s that knows one server only is refused", async (library) => {
  await using single = await connectTo(library, ports[0] ?? 0);
  await expect(redisBackend(single.client)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
});

test("cluster clients that read from replicas are refused", async () => {
  const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
  const client = new Cluster(nodes, { scaleReads: "slave", lazyConnect: true });
  await expect(redisBackend(client)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
});

// Last, as the first server is gone afterwards. Its replica takes over and has none of its own, so a commit can no
// longer be confirmed by one; the sessions are then read without that.
test("when a server fails, its replica has every write that was acknowledged, or the loss is reported", async () => {
  // Slot 3300 (CRC16 of "b"), which the first server owns.
  const onFirst = "b";
  const options = { create: true, owner: "o", leaseMs: 60_000, isKnownDead: () => true };
  const clients = await Promise.all(libraries.map((library) => connectToCluster(library, ports)));
  const recovered: string[] = [];
  const writers = await Promise.all(
    clients.map(async ({ client }, index) => {
      const backend = await redisBackend(client, {
        prefix: `failover ${index}`,
        durability: "commit",
        minReplicas: 1,
        commandTimeoutMs: 2000,
        onRecovered: ({ sessionId }) => recovered.push(`${index} ${sessionId}`),
      });
      const session = await whenAvailable(() => backend.open(onFirst, options));
      return { client, session, acknowledged: -1, index };
    }),
  );
  const stop = new AbortController();
  const writing = writers.map(async (writer) => {
    for (let n = 0; !stop.signal.aborted; n++) {
      const batch = { batchId: `${n}`, ops: [putOp("t", "1", `${n}`)] };
      const done = await writer.session.commit(batch).then(
        () => true,
        (error: unknown) => {
          if (hasCode(error, "AUTH_STORE_UNAVAILABLE")) return false;
          throw error;
        },
      );
      if (done) writer.acknowledged = n;
      else await pause(20);
    }
  });
  await until("both have written", async () => writers.every((one) => one.acknowledged > 10));

  await using own = await connectToCluster("redis", ports);
  const hasty = await redisBackend(own.client, {
    prefix: "hasty",
    onRecovered: ({ acknowledgedRevision }) => recovered.push(`hasty ${acknowledgedRevision}`),
  });
  const unconfirmed = await hasty.open(onFirst, options);
  const reached = writers.map((one) => one.acknowledged);
  await until("the replica has the session", async () =>
    writers.every((one, index) => one.acknowledged > (reached[index] ?? 0) + 1),
  );
  stopReplica("SIGSTOP");
  const acknowledgedBefore = writers.map((one) => one.acknowledged);
  // More than the network keeps for a replica that has stopped reading, so that some of it dies with the server.
  for (let n = 0; n < 16; n++) {
    const value = Buffer.alloc(1_000_000, n);
    await unconfirmed.commit({ batchId: `${n}`, ops: [{ op: "put", type: "t", id: "1", value }] });
  }
  await cluster.servers[0]?.kill();
  // The one commit each that the replica may have had before it stopped.
  for (const [index, { acknowledged }] of writers.entries()) {
    expect(acknowledged).toBeLessThanOrEqual((acknowledgedBefore[index] ?? 0) + 1);
  }
  stopReplica("SIGCONT");
  const [, second, , replica] = ports;
  await until("the replica has taken over", async () =>
    (await redisCommand(replica ?? 0, "ROLE", 2)).includes("master"),
  );
  await until("the cluster is whole again", async () =>
    (await redisCommand(second ?? 0, "CLUSTER INFO", 2)).includes("cluster_state:ok"),
  );
  stop.abort();
  await Promise.all(writing);

  for (const { client, acknowledged, index, session } of writers) {
    const [value] = await whenAvailable(() => session.read("t", ["1"]));
    const stored = Number(Buffer.from(value ?? []).toString() || -1);
    const next = await whenAvailable(async () => {
      const plain = await redisBackend(client, { prefix: `failover ${index}` });
      return plain.open(onFirst, { ...options, create: false });
    });
    expect(next.fence.epoch).toBeGreaterThan(session.fence.epoch);
    const reported = recovered.some((one) => one.startsWith(`${index} `));
    expect(reported || stored >= acknowledged).toBe(true);
  }
  expect(await whenAvailable(() => unconfirmed.renew())).toBe("renewed");
  expect(recovered.filter((one) => one.startsWith("hasty 16"))).toHaveLength(1);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

function stopReplica(signal: "SIGSTOP" | "SIGCONT"): void {
  const pid = cluster.servers[3]?.pid;
  if (pid === undefined) throw new Error("the replica does not run");
  process.kill(pid, signal);
}

/** Tries again while the cluster is not available. */
async function whenAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, "AUTH_STORE_UNAVAILABLE") || attempt > 200) throw error;
    }
    await pause(50);
  }
}
