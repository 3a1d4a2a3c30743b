import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import type { RedisArgument, RedisConnection } from "@motte/core/redis";
import type { RedisScript } from "./scripts.ts";

/** Scripts that always settle in time. */
export class RedisLink {
  readonly #connection: RedisConnection;
  readonly #timeoutMs: number;
  #wasReady = false;

  constructor(connection: RedisConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** Runs a script, all of whose keys belong to the server of the first. */
  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    return this.#bounded(() => this.#knowing(script, keys[0] ?? "", rest));
  }

  command(key: string, ...args: RedisArgument[]): Promise<unknown> {
    return this.#bounded(() => this.#connection.send(key, args));
  }

  /** Sends the script's hash, and the script itself to a server that does not know it. */
  async #knowing(
    { sha, source }: RedisScript,
    key: string,
    rest: readonly RedisArgument[],
  ): Promise<unknown> {
    try {
      return await this.#connection.send(key, ["EVALSHA", sha, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return this.#connection.send(key, ["EVAL", source, ...rest]);
    }
  }

  #bounded(work: () => Promise<unknown>): Promise<unknown> {
    // The real clock, whatever the tests do with theirs: this waits for a network.
    const options = { what: "A Redis command", ms: this.#timeoutMs, clock: systemClock };
    return withDeadline(this.#whenReady(work), options);
  }

  // A client that has lost its connection would keep the command until it has another, however long that takes. One
  // that is making its first connection is waited for, or every start of a process would begin with a failure.
  async #whenReady(work: () => Promise<unknown>): Promise<unknown> {
    const endMs = systemClock.monotonic() + this.#timeoutMs;
    while (!this.#wasReady && !this.#connection.isReady && this.#connection.isOpen) {
      if (systemClock.monotonic() > endMs) break;
      await systemClock.sleep(10);
    }
    if (!this.#connection.isReady) throw new Error("There is no connection to Redis");
    this.#wasReady = true;
    return work();
  }
}
