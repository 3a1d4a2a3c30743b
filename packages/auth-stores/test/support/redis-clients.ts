import type { RedisClient } from "@motte/core/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";

export type Library = "redis" | "ioredis";

export const libraries: readonly Library[] = ["redis", "ioredis"];

/** A live client and how to end it. */
export interface TestClient extends AsyncDisposable {
  readonly client: RedisClient;
}

// A test's faults are meant to happen; they show in the commands that fail.
const expected = (): void => {};

/** A client of its own, connected, that comes back after a dropped connection at once. */
export async function connectTo(library: Library, port: number): Promise<TestClient> {
  const url = `redis://127.0.0.1:${port}`;
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

/** A cluster client of its own, connected. */
export async function connectToCluster(
  library: Library,
  ports: readonly number[],
): Promise<TestClient> {
  if (library === "redis") {
    const cluster = createCluster({
      rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
      defaults: { socket: { reconnectStrategy: () => 50 } },
      topologyRefreshOnReconnectionAttemptStrategy: 100,
    });
    cluster.on("error", expected);
    await cluster.connect();
    return { client: cluster, [Symbol.asyncDispose]: async () => cluster.destroy() };
  }
  const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
  const cluster = new Cluster(nodes, { lazyConnect: true, slotsRefreshInterval: 200 });
  cluster.on("error", expected);
  await cluster.connect();
  return { client: cluster, [Symbol.asyncDispose]: async () => cluster.disconnect() };
}
