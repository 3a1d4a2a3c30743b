import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import type { RedisArgument, RedisConnection, RedisNode } from "@motte/core/redis";
import { AuthStoreError } from "../../errors.ts";
import { errorReply, redisError, unavailable } from "./errors.ts";
import { list, text } from "./replies.ts";
import type { RedisScript } from "./scripts.ts";

// Commands that are past their deadline wait in the client for a server that may be stalled. More than this many are
// not added to them, so that a long stall does not fill the memory with repeated commits.
const MAX_OVERDUE = 16;

/** How a write is confirmed beyond the server's own reply. */
export interface Confirmation {
  readonly command: "WAIT" | "WAITAOF";
  readonly replicas: number;
}

export interface RedisLinkParts {
  readonly connection: RedisConnection;
  readonly location: string;
  readonly commandTimeoutMs: number;
}

/** Commands to Redis that always settle in time and fail with a code of ours. */
export class RedisLink {
  readonly location: string;
  readonly #parts: RedisLinkParts;
  readonly #parent: RedisLink | undefined;
  #overdue = 0;
  #closed = false;

  constructor(parts: RedisLinkParts, parent?: RedisLink) {
    this.location = parts.location;
    this.#parts = parts;
    this.#parent = parent;
  }

  /** A link for one session, closed with this one: another session's server may be stalled and its own not. */
  forSession(): RedisLink {
    return new RedisLink(this.#parts, this);
  }

  /** Refuses everything from now on. */
  close(): void {
    this.#closed = true;
  }

  assertOpen(): void {
    this.#parent?.assertOpen();
    if (!this.#closed) return;
    throw new AuthStoreError(
      "AUTH_STORE_CLOSED",
      `The backend of ${this.location} has been closed`,
    );
  }

  /** Sends one command to the server of `key`. */
  command(key: string, ...args: RedisArgument[]): Promise<unknown> {
    return this.#bounded(() => this.#parts.connection.send(key, args));
  }

  /** Every server that owns keys. */
  masters(): Promise<readonly RedisNode[]> {
    return this.#bounded(() => this.#parts.connection.masters());
  }

  /** Sends one command to one server. */
  commandTo(node: RedisNode, ...args: RedisArgument[]): Promise<unknown> {
    return this.#bounded(() => node.send(args));
  }

  /** Runs a script, all of whose keys belong to the server of the first. */
  async run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    const [key = ""] = keys;
    const rest = [String(keys.length), ...keys, ...args];
    return this.#knowing(script, (...start) => this.command(key, ...start, ...rest));
  }

  /** As `run`, and resolves only when what the script wrote is confirmed. */
  async runConfirmed(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
    confirmation: Confirmation,
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    return this.#knowing(script, (...start) =>
      this.#bounded(() => this.#confirmed(keys[0] ?? "", [...start, ...rest], confirmation)),
    );
  }

  // WAIT and WAITAOF speak of what their own connection has written, so both go down one connection, one behind the
  // other, and count only when it was not replaced in between: a new connection has written nothing and is told at
  // once that all of it is safe.
  async #confirmed(
    key: string,
    command: readonly RedisArgument[],
    { command: wait, replicas }: Confirmation,
  ): Promise<unknown> {
    const node = await this.#parts.connection.nodeFor(key);
    if (!node.isReady) throw unavailable(this.location, "there is no connection");
    const { losses } = node;
    const patience = String(Math.floor(this.#parts.commandTimeoutMs * 0.8));
    const counts = [...(wait === "WAITAOF" ? ["1"] : []), String(replicas), patience];
    const [written, confirmed] = await Promise.allSettled([
      node.send(command),
      node.send([wait, ...counts]),
    ]);
    if (written.status === "rejected") {
      if (/^(MOVED|ASK) /.test(errorReply(written.reason) ?? "")) {
        // Sent to a node by name, a command is not redirected; one that is makes the client learn the new owner.
        await this.#parts.connection.send(key, ["EXISTS", key]);
        throw unavailable(this.location, "the cluster has moved the session, try again");
      }
      throw written.reason;
    }
    if (confirmed.status === "rejected") throw confirmed.reason;
    if (node.losses !== losses) {
      throw unavailable(this.location, "the connection was lost before the write was confirmed");
    }
    const reached = wait === "WAIT" ? [text(confirmed.value)] : list(confirmed.value).map(text);
    const wanted = wait === "WAIT" ? [replicas] : [1, replicas];
    if (wanted.some((count, index) => Number(reached[index]) < count)) {
      throw unavailable(
        this.location,
        `the write was made but not confirmed in time (${wait} ${wanted.join(" ")} answered ${reached.join(" ")})`,
      );
    }
    return written.value;
  }

  /** Sends the script's hash, and the script itself to a server that does not know it. */
  async #knowing(
    { sha, source }: RedisScript,
    send: (...start: RedisArgument[]) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await send("EVALSHA", sha);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await send("EVAL", source);
    }
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const { connection, commandTimeoutMs } = this.#parts;
    // A client that is not connected would keep the command until it is, however long that takes.
    if (!connection.isReady) throw unavailable(this.location, "there is no connection");
    if (this.#overdue >= MAX_OVERDUE) throw unavailable(this.location, "it has stopped answering");
    let settled = false;
    const working = work().finally(() => (settled = true));
    try {
      // The real clock, whatever the tests do with theirs: this waits for a network.
      return await withDeadline(working, {
        what: "A Redis command",
        ms: commandTimeoutMs,
        clock: systemClock,
      });
    } catch (error) {
      if (!settled) this.#countOverdue(working);
      throw redisError(error, this.location);
    }
  }

  #countOverdue(working: Promise<unknown>): void {
    this.#overdue++;
    working.catch(() => undefined).finally(() => this.#overdue--);
  }
}

function isUnknownScript(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    errorReply(error.cause)?.startsWith("NOSCRIPT") === true
  );
}
