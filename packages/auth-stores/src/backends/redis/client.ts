import { type Clock, systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { UsageError, hasCode } from "@motte/core/errors";
import type { Logger } from "@motte/core/logger";
import { type RedisConnection, redisConnection } from "@motte/core/redis";
import type { Redis } from "ioredis";
import type { createClient } from "redis";
import { redisError, unavailable } from "./errors.ts";

interface NodeRedisModule {
  readonly createClient: typeof createClient;
}
interface IoredisModule {
  readonly Redis: typeof Redis;
}

export type RedisLibrary = "redis" | "ioredis";

/** A connection and how to end it; ending one that its caller made does nothing. */
export interface OpenedRedis {
  readonly connection: RedisConnection;
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  readonly library: RedisLibrary | undefined;
  readonly commandTimeoutMs: number;
  readonly logger: Logger;
}

const LONGEST_RECONNECT_DELAY_MS = 2_000;

/** Connects to `url` with the library asked for, else with the first one installed. */
export async function connectRedis(url: string, options: ConnectOptions): Promise<OpenedRedis> {
  checkUrl(url);
  const { library } = options;
  if (library !== "ioredis") {
    const module = await loadOptional(() => import("redis"));
    if (module !== undefined) return connectNodeRedis(module, url, options);
  }
  if (library !== "redis") {
    const module = await loadOptional(() => import("ioredis"));
    if (module !== undefined) return connectIoredis(module, url, options);
  }
  throw new UsageError(
    "USAGE_MISSING_PEER",
    `${library === undefined ? "Neither redis nor ioredis is" : `${library} is not`} installed: install redis, or pass a live client`,
  );
}

/** Resolves when the client is connected; throws for one that will not be. */
export async function untilReady(
  connection: RedisConnection,
  location: string,
  timeoutMs: number,
  clock: Clock = systemClock,
): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  while (!connection.isReady) {
    if (!connection.isOpen) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "The Redis client is not connected: await its connect() first, and do not close it before the auth state",
      );
    }
    if (clock.monotonic() > deadline) throw unavailable(location, "there is no connection");
    await clock.sleep(20);
  }
}

async function connectNodeRedis(
  { createClient }: NodeRedisModule,
  url: string,
  { commandTimeoutMs, logger }: ConnectOptions,
): Promise<OpenedRedis> {
  let connected = false;
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: commandTimeoutMs,
      // A first connection that fails is the caller's to try again; one that was there comes back by itself.
      reconnectStrategy: (attempt, cause) =>
        connected ? Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_RECONNECT_DELAY_MS) : cause,
    },
  });
  // Without a listener, an emitted error ends the process. What it means shows in the commands that fail.
  client.on("error", (error: Error) => logger.debug({ err: error }, "the Redis connection failed"));
  const ended = endOnFailure(() => client.destroy());
  await ended(client.connect(), url, commandTimeoutMs);
  connected = true;
  return {
    connection: redisConnection(client),
    close: async () => {
      if (client.isOpen) client.destroy();
    },
  };
}

async function connectIoredis(
  { Redis }: IoredisModule,
  url: string,
  { commandTimeoutMs, logger }: ConnectOptions,
): Promise<OpenedRedis> {
  let connected = false;
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    // A command whose connection is gone fails; the store above knows when to send it again.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) =>
      connected ? Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_RECONNECT_DELAY_MS) : null,
  });
  client.on("error", (error: Error) => logger.debug({ err: error }, "the Redis connection failed"));
  const ended = endOnFailure(() => client.disconnect());
  await ended(client.connect(), url, commandTimeoutMs);
  connected = true;
  return {
    connection: redisConnection(client),
    close: async () => client.disconnect(),
  };
}

function endOnFailure(
  end: () => void,
): (connecting: Promise<unknown>, url: string, timeoutMs: number) => Promise<void> {
  return async (connecting, url, ms) => {
    try {
      await withDeadline(connecting, { what: "Connecting to Redis", ms });
    } catch (error) {
      try {
        end();
      } catch {
        // node-redis refuses to destroy a client that has given up by itself, which is what is wanted.
      }
      throw redisError(error, new URL(url).host);
    }
  };
}

function checkUrl(url: string): void {
  const legal = URL.canParse(url) && ["redis:", "rediss:"].includes(new URL(url).protocol);
  if (legal) return;
  // Not quoted: it may hold a password.
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "This is no Redis URL: it must look like redis://user:password@host:port/database, or rediss:// for TLS",
  );
}

async function loadOptional<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (hasCode(error, "ERR_MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}
