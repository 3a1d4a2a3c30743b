import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { MotteError, hasCode } from "@motte/core/errors";
import type { RedisArgument, RedisConnection } from "@motte/core/redis";
import { StoreKitError } from "../errors.ts";
import type { RedisScript } from "./redis-script.ts";

// Commands that are past their deadline wait in the client for a server that may be stalled. Past this many no others
// are added to them.
const MAX_OVERDUE = 16;

/** Commands to Redis that settle in time and fail with a code of ours. */
export class RedisLink {
  readonly #connection: RedisConnection;
  readonly #commandTimeoutMs: number;
  #overdue = 0;

  constructor(connection: RedisConnection, commandTimeoutMs: number) {
    this.#connection = connection;
    this.#commandTimeoutMs = commandTimeoutMs;
  }

  /** Sends one command to the server of `key`. */
  async command(key: string, ...args: RedisArgument[]): Promise<unknown> {
    // A client that is not connected would keep the command until it is, however long that takes.
    if (!this.#connection.isReady) throw unavailable("there is no connection");
    if (this.#overdue >= MAX_OVERDUE) throw unavailable("it has stopped answering");
    let settled = false;
    const work = this.#connection.send(key, args).finally(() => (settled = true));
    try {
      // The real clock, whatever the tests do with theirs: this waits for a network.
      return await withDeadline(work, {
        what: "A Redis command",
        ms: this.#commandTimeoutMs,
        clock: systemClock,
      });
    } catch (error) {
      if (!settled) this.#countOverdue(work);
      throw redisError(error);
    }
  }

  /** Runs a script, all of whose keys belong to the server of the first. */
  async run(
    { sha, source }: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    const [key = ""] = keys;
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.command(key, "EVALSHA", sha, ...rest);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await this.command(key, "EVAL", source, ...rest);
    }
  }

  #countOverdue(work: Promise<unknown>): void {
    this.#overdue += 1;
    work.catch(() => undefined).finally(() => (this.#overdue -= 1));
  }
}

function unavailable(why: string, cause?: unknown): StoreKitError {
  return new StoreKitError("STORE_KIT_UNAVAILABLE", `Redis could not be read or written: ${why}`, {
    cause,
    retryable: true,
  });
}

function redisError(error: unknown): MotteError {
  if (hasCode(error, "DEADLINE_EXCEEDED")) return unavailable("it did not answer in time", error);
  if (error instanceof MotteError) return error;
  // ioredis hangs the command with all its arguments on its errors, and Redis quotes those of a command that it does
  // not know. Keys and values may not reach a log.
  const message = error instanceof Error ? error.message : String(error);
  const cause = new Error(message.replace(/, with args beginning with: .*$/s, ""));
  return unavailable("see the cause", cause);
}

function isUnknownScript(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    error.cause.message.startsWith("NOSCRIPT")
  );
}
