import { UsageError } from "@motte/core/errors";
import type { Logger } from "@motte/core/logger";
import type { RedisNode } from "@motte/core/redis";
import { AuthStoreError } from "../../errors.ts";
import type { Confirmation, RedisLink } from "./link.ts";
import { entry, text } from "./replies.ts";

export interface RedisWarning {
  readonly code:
    /** Older than Redis 6.2. */
    | "old-server"
    /** The server may drop auth records to make room. */
    | "evicting"
    /** Nothing is written to disk as it happens: a restart goes back to the last snapshot, or to nothing. */
    | "no-append-log"
    /** A commit is not as safe as `durability: "commit"` says. */
    | "not-durable";
  readonly message: string;
}

/** What one server says about itself. */
export interface ServerFacts {
  readonly version: readonly [major: number, minor: number];
  readonly cluster: boolean;
  readonly role: string;
  readonly evictionPolicy: string;
  readonly appendOnly: boolean;
  /** `undefined` where the server does not let us ask, as hosted ones often do not. */
  readonly appendFsync: string | undefined;
}

export interface ServerPolicy {
  readonly durability: "commit" | "process";
  readonly minReplicas: number;
  readonly unsafeServer: "refuse" | "warn";
  readonly isCluster: boolean;
}

export interface ServerVerdict {
  /** What every write has to be followed by. */
  readonly confirmation: Confirmation | undefined;
  /** What an acknowledged commit really survives. */
  readonly durability: "commit" | "process";
  readonly warnings: readonly RedisWarning[];
}

/** Asks every master what it is. */
export async function serverFacts(link: RedisLink): Promise<readonly ServerFacts[]> {
  return Promise.all((await link.masters()).map((node) => factsOf(link, node)));
}

/** Decides whether a server is fit, and how its writes are confirmed. Throws a `UsageError` for one that is not. */
export function judgeServer(servers: readonly ServerFacts[], policy: ServerPolicy): ServerVerdict {
  const warnings: RedisWarning[] = [];
  const object = (code: RedisWarning["code"], message: string): void => {
    if (policy.unsafeServer === "refuse") throw new UsageError("USAGE_INVALID_OPTION", message);
    warnings.push({ code, message });
  };
  for (const server of servers) {
    assertKind(server, policy.isCluster);
    if (!isAtLeast(server, 6, 2)) {
      object("old-server", `Redis ${server.version.join(".")} is too old: use 6.2 or later`);
    }
    if (server.evictionPolicy !== "noeviction") {
      object(
        "evicting",
        `This Redis may drop auth records when its memory is full (maxmemory-policy ${server.evictionPolicy}): set ` +
          'maxmemory-policy to noeviction, use another server, or pass { unsafeServer: "warn" }',
      );
    }
  }
  if (!servers.every((server) => server.appendOnly)) {
    warnings.push({
      code: "no-append-log",
      message:
        "This Redis keeps no append-only file: a restart goes back to its last snapshot and breaks Signal sessions. " +
        "Set appendonly to yes",
    });
  }
  if (policy.durability === "process") {
    const { minReplicas: replicas } = policy;
    const confirmation = replicas > 0 ? { command: "WAIT" as const, replicas } : undefined;
    return { confirmation, durability: "process", warnings };
  }
  const { confirmation, durable } = commitConfirmation(servers, policy.minReplicas);
  if (!durable) {
    object(
      "not-durable",
      'This Redis cannot keep { durability: "commit" }: set appendonly to yes (before Redis 7.2 also appendfsync to ' +
        'always), pass { minReplicas } to wait for replicas instead, or ask for { durability: "process" }',
    );
  }
  return { confirmation, durability: durable ? "commit" : "process", warnings };
}

function commitConfirmation(
  servers: readonly ServerFacts[],
  replicas: number,
): { readonly confirmation: Confirmation | undefined; readonly durable: boolean } {
  const logged = servers.every((server) => server.appendOnly);
  if (logged && servers.every((server) => isAtLeast(server, 7, 2))) {
    return { confirmation: { command: "WAITAOF", replicas }, durable: true };
  }
  // redis.conf: with "always" the log is flushed to disk before the reply goes out.
  const flushed = logged && servers.every((server) => server.appendFsync === "always");
  if (replicas > 0) return { confirmation: { command: "WAIT", replicas }, durable: true };
  return { confirmation: undefined, durable: flushed };
}

function assertKind(server: ServerFacts, isCluster: boolean): void {
  if (server.cluster && !isCluster) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "This Redis is part of a cluster: pass a cluster client, createCluster() of redis or new Cluster() of ioredis",
    );
  }
  if (server.role !== "master") {
    throw new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      "This Redis is a replica, which takes no writes: connect to its master",
      { retryable: true },
    );
  }
}

function isAtLeast(
  { version: [major, minor] }: ServerFacts,
  wanted: number,
  least: number,
): boolean {
  return major > wanted || (major === wanted && minor >= least);
}

async function factsOf(link: RedisLink, node: RedisNode): Promise<ServerFacts> {
  const info = parseInfo(text(await link.commandTo(node, "INFO")));
  const [major = 0, minor = 0] = (info.get("redis_version") ?? "").split(".").map(Number);
  return {
    version: [major, minor],
    cluster: info.get("cluster_enabled") === "1",
    role: info.get("role") ?? "master",
    evictionPolicy: info.get("maxmemory_policy") ?? "noeviction",
    appendOnly: info.get("aof_enabled") === "1",
    appendFsync: await appendFsync(link, node),
  };
}

function parseInfo(info: string): ReadonlyMap<string, string> {
  const lines = info.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

async function appendFsync(link: RedisLink, node: RedisNode): Promise<string | undefined> {
  try {
    const settings = await link.commandTo(node, "CONFIG", "GET", "appendfsync");
    return entry(settings, "appendfsync");
  } catch (error) {
    // Hosted servers refuse CONFIG for good; anything that passes is a failure like any other.
    if (error instanceof AuthStoreError && !error.retryable) return undefined;
    throw error;
  }
}

/** Hands warnings to whoever wants them. */
export function tellWarnings(
  warnings: readonly RedisWarning[],
  logger: Logger,
  onWarning: ((warning: RedisWarning) => void) | undefined,
): void {
  for (const warning of warnings) {
    logger.warn({ code: warning.code }, warning.message);
    onWarning?.(warning);
  }
}
