import { UsageError } from "@motte/core/errors";

/** A client of the `redis` package that may be subscribed, of one server or of a cluster. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/** A client of the `ioredis` package that may be subscribed, of one server or of a cluster. */
export interface IoredisSubscriber {
  readonly status: string;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  off(event: "message", listener: (channel: string, message: string) => void): unknown;
}

export type RedisSubscriber = NodeRedisSubscriber | IoredisSubscriber;

export interface Subscription {
  end(): void;
}

/**
 * Hears what is sent to a channel, also after the client has connected again: both libraries subscribe anew by
 * themselves. Resolves when the first subscription stands.
 */
export async function subscriptionTo(
  subscriber: RedisSubscriber,
  channel: string,
  hear: (message: string) => void,
): Promise<Subscription> {
  if (!isIoredis(subscriber)) {
    await subscriber.subscribe(channel, hear);
    return { end: () => void subscriber.unsubscribe(channel, hear).catch(ignore) };
  }
  const listener = (from: string, message: string): void => {
    if (from === channel) hear(message);
  };
  subscriber.on("message", listener);
  try {
    await subscriber.subscribe(channel);
  } catch (error) {
    subscriber.off("message", listener);
    throw error;
  }
  return {
    end: () => {
      subscriber.off("message", listener);
      subscriber.unsubscribe(channel).catch(ignore);
    },
  };
}

/** @throws UsageError for what cannot be subscribed. */
export function assertSubscriber(client: unknown): void {
  const method = (name: string): unknown =>
    typeof client === "object" && client !== null ? Reflect.get(client, name) : undefined;
  if (typeof method("subscribe") === "function" && typeof method("unsubscribe") === "function") {
    return;
  }
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "subscriber must be a second client of redis or ioredis: pass client.duplicate(), connected",
  );
}

function isIoredis(client: RedisSubscriber): client is IoredisSubscriber {
  return "status" in client && "on" in client;
}

// Nobody listens any more, and the owner may have closed the client already.
function ignore(): void {}
