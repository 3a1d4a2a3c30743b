import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type RedisClient, redisConnection } from "@motte/core/redis";
import { StoreKitError } from "../errors.ts";
import { type Millis, seconds } from "../millis.ts";
import { type Change, type KV, type Stored, isDeletion, namespacePath, stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";
import { RedisLink } from "./redis-link.ts";
import { listReply, textReply, unexpectedReply } from "./redis-reply.ts";
import { WRITE } from "./redis-script.ts";

export interface RedisKVOptions {
  /** What every key starts with. Without `{` and `}`. @defaultValue `"motte-kv"` */
  readonly prefix?: string;
  /** How long a command may take. @defaultValue `seconds(1)` */
  readonly commandTimeout?: Millis;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/**
 * A `KV` in Redis, through a live client of `redis` or `ioredis`, a cluster's too. Its owner closes the client.
 *
 * One command per call: a read is one MGET, a write one script. What is in the first namespace below this one, an
 * account's, lies in one slot of a cluster. Nothing is ever found by scanning: `clear` goes on under other keys, and
 * leaves the old ones to their expiry.
 *
 * @throws UsageError for what is no Redis client, and for a prefix that would end the hash tag.
 */
export function redisKV(client: RedisClient, options: RedisKVOptions = {}): KV {
  assertKnownOptions("redisKV()", options, ["prefix", "commandTimeout", "clock", "random"]);
  const { prefix = "motte-kv", commandTimeout = seconds(1) } = options;
  const { clock = systemClock, random = systemRandom } = options;
  if (prefix === "" || /[{}]/.test(prefix)) {
    throw new UsageError("USAGE_INVALID_OPTION", "prefix must be a text without { and }");
  }
  const link = new RedisLink(redisConnection(client), commandTimeout);
  const open = new OpenCheck("The Redis KV");
  return partOf({ link, prefix, clock, random, open, generations: new Map() }, []);
}

interface Shared {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly open: OpenCheck;
  /** The generation each namespace was last seen in, by path. */
  readonly generations: Map<string, string>;
}

// A namespace that is cleared by others time and again while it is written to would have to be very busy.
const MAX_ATTEMPTS = 100;

function partOf(shared: Shared, names: readonly string[]): KV {
  const { link, prefix, clock, random, open, generations } = shared;
  // The part in braces decides the slot. JSON escapes no braces, so they are.
  const path = namespacePath(names);
  const tag = escaped(namespacePath(names.slice(0, 1)));
  const base = `${prefix}:{${tag}}${escaped(path)}`;
  const generationKey = `${base}:generation`;
  const nameIn = (generation: string, key: string): string => `${base}:${generation}:${key}`;
  const startedName = (): string => random.bytes(9).toString("base64url");

  // The generation is read along with the values, so a stale one is noticed by the same command.
  const readAt = async (
    generation: string,
    keys: readonly string[],
  ): Promise<{ current: string | undefined; values: readonly unknown[] }> => {
    const entryKeys = keys.map((key) => nameIn(generation, key));
    const reply = await link.command(generationKey, "MGET", generationKey, ...entryKeys);
    const [current, ...values] = listReply(reply);
    return { current: current === null ? undefined : textReply(current), values };
  };

  return {
    name: "redis",
    capabilities: { atomicWrite: true, persistent: true },
    getMany: async (keys) => {
      open.assertOpen();
      const unique = [...new Set(keys)];
      let generation = generations.get(path) ?? "";
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { current, values } = await readAt(generation, unique);
        if (current === undefined) return new Map();
        if (current === generation) return entries(unique, values, clock.now());
        generation = current;
        generations.set(path, current);
      }
      throw tooBusy();
    },
    write: async (changes) => {
      open.assertOpen();
      if (changes.length === 0) return;
      let generation = generations.get(path) ?? startedName();
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const keys = changes.map(({ key }) => nameIn(generation, key));
        const args = changes.flatMap((change) => argumentsOf(change, clock.now()));
        const reply = textReply(
          await link.run(WRITE, [generationKey, ...keys], [generation, ...args]),
        );
        if (reply === "OK") {
          generations.set(path, generation);
          return;
        }
        generation = reply;
        generations.set(path, generation);
      }
      throw tooBusy();
    },
    clear: async () => {
      open.assertOpen();
      const generation = startedName();
      await link.command(generationKey, "SET", generationKey, generation);
      generations.set(path, generation);
    },
    namespace: (name) => partOf(shared, [...names, name]),
    close: async () => {
      if (names.length === 0) open.close();
    },
  };
}

// In front of the value stands its end, since the server tells only how long it has left by its own clock.
const HEADER_BYTES = 8;

function argumentsOf(change: Change, nowMs: number): [string, Buffer] {
  const { value, expiresAtMs } = change;
  if (value === undefined || isDeletion(change, nowMs)) return ["-1", Buffer.alloc(0)];
  const packed = Buffer.alloc(HEADER_BYTES + value.byteLength);
  packed.writeDoubleBE(expiresAtMs ?? Infinity, 0);
  packed.set(value, HEADER_BYTES);
  return [expiresAtMs === undefined ? "0" : String(Math.ceil(expiresAtMs - nowMs)), packed];
}

function entries(
  keys: readonly string[],
  values: readonly unknown[],
  nowMs: number,
): ReadonlyMap<string, Stored> {
  const found = new Map<string, Stored>();
  keys.forEach((key, index) => {
    const packed = values[index];
    if (packed === null) return;
    if (!Buffer.isBuffer(packed) || packed.length < HEADER_BYTES) throw unexpectedReply();
    const expiresAtMs = packed.readDoubleBE(0);
    if (expiresAtMs <= nowMs) return;
    const end = expiresAtMs === Infinity ? undefined : expiresAtMs;
    found.set(key, stored(packed.subarray(HEADER_BYTES), end));
  });
  return found;
}

function escaped(path: string): string {
  return path.replaceAll(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

function tooBusy(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "A namespace was cleared by others faster than it could be read or written",
    { retryable: true },
  );
}
