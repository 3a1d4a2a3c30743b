import { UsageError } from "./errors.ts";
import { keySlot } from "./redis-slot.ts";

export type RedisArgument = string | Buffer;

/** A client of the `redis` package (node-redis 5 or later), connected by its owner. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  sendCommand(args: readonly RedisArgument[], options?: object): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
}

/** A cluster client of the `redis` package (node-redis 5 or later), connected by its owner. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly object[];
  readonly slots: readonly { readonly master: object }[];
  nodeClient(node: object): unknown;
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: RedisArgument[],
    options?: object,
  ): Promise<unknown>;
}

/** A client of the `ioredis` package, version 5 or later. */
export interface IoredisClient {
  readonly status: string;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
}

/** A `Cluster` of the `ioredis` package, version 5 or later. */
export interface IoredisCluster extends IoredisClient {
  readonly isCluster: boolean;
  readonly slots: readonly (readonly string[])[];
  nodes(role: "master"): readonly IoredisClient[];
}

export type RedisClient = NodeRedisClient | NodeRedisCluster | IoredisClient | IoredisCluster;

/** One server, through the one connection that a client has to it. */
export interface RedisNode {
  /** `host:port`, or what the client knows instead. */
  readonly address: string;
  /** False while the connection is down or being made. */
  readonly isReady: boolean;
  /** How often the connection has been lost. The same before and after means that it was one connection. */
  readonly losses: number;
  /** Sends one command. Bulk strings in the answer are `Buffer`s. Commands arrive in the order sent. */
  send(args: readonly RedisArgument[]): Promise<unknown>;
}

/** A Redis client of either library, behind one face. */
export interface RedisConnection {
  readonly library: "redis" | "ioredis";
  readonly isCluster: boolean;
  /** False when the client was never connected or has been closed, so that waiting is of no use. */
  readonly isOpen: boolean;
  readonly isReady: boolean;
  /** Sends one command to the server that owns `key`, following a cluster's redirections. */
  send(key: string, args: readonly RedisArgument[]): Promise<unknown>;
  /** The server that owns `key`, as far as the client knows. Commands sent there are not redirected. */
  nodeFor(key: string): Promise<RedisNode>;
  /** Every server that owns keys. */
  masters(): Promise<readonly RedisNode[]>;
}

/**
 * Recognises a live client by its shape, so that any installed copy of either library fits.
 *
 * Throws a `UsageError` for anything else, for a client that changes keys on their way (`keyPrefix`), and for one
 * that may read from replicas, which answer with the past.
 */
export function redisConnection(client: unknown): RedisConnection {
  if (isNodeRedisCluster(client)) return nodeRedisCluster(client);
  if (isIoredis(client))
    return isIoredisCluster(client)
      ? ioredisCluster(client)
      : single(ioredis(client), "ioredis", () => client.status !== "end");
  if (isNodeRedis(client)) return single(nodeRedis(client), "redis", () => client.isOpen);
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "This is no Redis client: pass createClient() or createCluster() of redis, new Redis() or new Cluster() of " +
      "ioredis, or a URL. Pools and sentinel clients of redis are not supported",
  );
}

function single(
  server: RedisNode,
  library: RedisConnection["library"],
  isOpen: () => boolean,
): RedisConnection {
  return {
    library,
    isCluster: false,
    get isOpen() {
      return isOpen();
    },
    get isReady() {
      return server.isReady;
    },
    send: (_key, args) => server.send(args),
    nodeFor: async () => server,
    masters: async () => [server],
  };
}

// RESP type bytes (node-redis RESP/decoder): "$" is a bulk string, "%" a map, "~" a set. Maps and sets become the flat
// lists that they are without RESP3.
const PLAIN_REPLIES = { typeMapping: { 36: Buffer, 37: Array, 126: Array } };

function nodeRedis(client: NodeRedisClient, address?: string): RedisNode {
  const options = field(client, "options");
  refuseKeyPrefix(options);
  return node(client, {
    address: address ?? addressOf(options),
    events: ["reconnecting", "end"],
    isReady: () => client.isReady,
    send: (args) => client.sendCommand(args, PLAIN_REPLIES),
  });
}

function nodeRedisCluster(cluster: NodeRedisCluster): RedisConnection {
  const options = field(cluster, "_options");
  refuseKeyPrefix(options);
  if (field(options, "useReplicas") === true) throw readsFromReplicas("useReplicas");
  const nodeOf = async (master: object): Promise<RedisNode> => {
    const client: unknown = await cluster.nodeClient(master);
    if (!isNodeRedis(client)) throw new Error("the cluster client has no connection to this node");
    return nodeRedis(client, addressOf(master));
  };
  return {
    library: "redis",
    isCluster: true,
    get isOpen() {
      return cluster.isOpen;
    },
    get isReady() {
      return cluster.isOpen && cluster.masters.length > 0;
    },
    send: (key, args) => cluster.sendCommand(key, false, [...args], PLAIN_REPLIES),
    nodeFor: async (key) => {
      const shard = cluster.slots[keySlot(key)];
      if (shard === undefined) throw new Error("no server owns this part of the cluster");
      return nodeOf(shard.master);
    },
    masters: () => Promise.all(cluster.masters.map(nodeOf)),
  };
}

function ioredis(client: IoredisClient): RedisNode {
  const options = field(client, "options");
  refuseKeyPrefix(options);
  return node(client, {
    address: addressOf(options),
    events: ["close"],
    isReady: () => client.status === "ready",
    send: ([command, ...args]) => client.callBuffer(String(command), ...args),
  });
}

function ioredisCluster(cluster: IoredisCluster): RedisConnection {
  const options = field(cluster, "options");
  refuseKeyPrefix(options);
  refuseKeyPrefix(field(options, "redisOptions"));
  const reads = field(options, "scaleReads");
  if (reads !== undefined && reads !== "master") throw readsFromReplicas("scaleReads");
  return {
    library: "ioredis",
    isCluster: true,
    get isOpen() {
      return cluster.status !== "end";
    },
    get isReady() {
      return cluster.status === "ready";
    },
    send: (_key, [command, ...args]) => cluster.callBuffer(String(command), ...args),
    nodeFor: async (key) => {
      const address = cluster.slots[keySlot(key)]?.[0];
      const owner = cluster
        .nodes("master")
        .map(ioredis)
        .find((master) => master.address === address);
      if (owner === undefined) throw new Error("no server owns this part of the cluster");
      return owner;
    },
    masters: async () => cluster.nodes("master").map(ioredis),
  };
}

interface NodeParts {
  readonly address: string;
  /** What the client emits when it has lost its connection. */
  readonly events: readonly string[];
  readonly isReady: () => boolean;
  readonly send: RedisNode["send"];
}

// One counter per client, so that a client which is looked at many times gets its listeners once.
const losses = new WeakMap<object, { count: number }>();

function node(client: { on: NodeRedisClient["on"] }, parts: NodeParts): RedisNode {
  const counter = losses.get(client) ?? { count: 0 };
  if (!losses.has(client)) {
    losses.set(client, counter);
    for (const event of parts.events) client.on(event, () => void counter.count++);
  }
  return {
    address: parts.address,
    get isReady() {
      return parts.isReady();
    },
    get losses() {
      return counter.count;
    },
    send: parts.send,
  };
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return (
    typeof field(client, "sendCommand") === "function" &&
    typeof field(client, "isReady") === "boolean" &&
    typeof field(client, "on") === "function" &&
    field(client, "getSentinelNode") === undefined &&
    field(client, "totalClients") === undefined
  );
}

function isNodeRedisCluster(client: unknown): client is NodeRedisCluster {
  return (
    typeof field(client, "sendCommand") === "function" &&
    typeof field(client, "nodeClient") === "function" &&
    Array.isArray(field(client, "masters"))
  );
}

function isIoredis(client: unknown): client is IoredisClient {
  return (
    typeof field(client, "callBuffer") === "function" && typeof field(client, "status") === "string"
  );
}

function isIoredisCluster(client: IoredisClient): client is IoredisCluster {
  return field(client, "isCluster") === true;
}

function refuseKeyPrefix(options: unknown): void {
  const prefix = field(options, "keyPrefix");
  if (prefix === undefined || prefix === null || prefix === "") return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "The Redis client has a keyPrefix, which scripts and scans would not agree on: pass a client without one and " +
      "use the option `prefix`",
  );
}

function readsFromReplicas(option: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `The Redis cluster client reads from replicas (${option}), which answer with the past: pass one that reads ` +
      "from masters only",
  );
}

function addressOf(options: unknown): string {
  const url = field(options, "url");
  if (typeof url === "string" && URL.canParse(url)) {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || "localhost"}:${port || 6379}${pathname.length > 1 ? pathname : ""}`;
  }
  const place = field(options, "socket") ?? options;
  const path = field(place, "path");
  if (typeof path === "string") return path;
  const database = field(options, "database") ?? field(options, "db") ?? 0;
  const address = `${textOr(field(place, "host"), "localhost")}:${textOr(field(place, "port"), "6379")}`;
  return database === 0 ? address : `${address}/${textOr(database, "0")}`;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : fallback;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
