import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type RedisClient, redisConnection } from "@motte/core/redis";
import type { InvalidationBus } from "../cache/invalidation-bus.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, seconds } from "../millis.ts";
import { RedisLink } from "./redis-link.ts";
import { COUNT, PUBLISH } from "./redis-script.ts";
import {
  type RedisSubscriber,
  type Subscription,
  assertSubscriber,
  subscriptionTo,
} from "./redis-subscription.ts";

export interface RedisChangesOptions {
  /** For sending: a connected client of `redis` or `ioredis`, a cluster's too. Its owner closes it. */
  readonly client: RedisClient;
  /** For hearing: a second connected client, such as `client.duplicate()`, which can do nothing else meanwhile. */
  readonly subscriber: RedisSubscriber;
  /** The name of what is shared: one per second level, account and namespace. */
  readonly channel: string;
  /** How often to look whether messages were missed, and so how long that may go unseen. @defaultValue `seconds(1)` */
  readonly every?: Millis;
  /** How long a command may take. @defaultValue `seconds(1)` */
  readonly commandTimeout?: Millis;
  /** Hears of messages that could not be sent and are owed. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

const OPTIONS = [
  "client",
  "subscriber",
  "channel",
  "every",
  "commandTimeout",
  "onError",
  "clock",
  "random",
] as const satisfies readonly (keyof RedisChangesOptions)[];

/**
 * Tells a `tiered` cache what the others that share its second level changed, over a channel of Redis.
 *
 * Messages are numbered in Redis, so one that was missed, as while the connection was away, shows in the next one or in
 * the number itself, which is looked at every `every`: then every key is taken to have changed. What could not be sent is
 * owed and sent as "every key" later. Each process has one per cache; it does not hear itself.
 *
 * @throws UsageError for options that make no sense and what are no clients of Redis.
 */
export function redisChanges(options: RedisChangesOptions): InvalidationBus {
  assertKnownOptions("redisChanges()", options, OPTIONS);
  const { channel } = options;
  if (typeof channel !== "string" || channel === "") {
    throw new UsageError("USAGE_INVALID_OPTION", "channel must name what is shared");
  }
  assertSubscriber(options.subscriber);
  return new RedisChanges(options);
}

type Keys = readonly string[] | undefined;
type Listener = (keys: Keys) => void;

class RedisChanges implements InvalidationBus {
  readonly #link: RedisLink;
  readonly #subscriber: RedisSubscriber;
  readonly #channel: string;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #self: string;
  readonly #listeners = new Set<{ readonly listen: Listener }>();
  #subscription: Subscription | undefined;
  #isLooking = false;
  #timer: Disposable | undefined;
  /** The number of the last message heard, or that there is no need to hear any more. */
  #heard = 0;
  /** The number that Redis was at when last looked: by the next time it must have been heard. */
  #due = 0;
  #owes = false;

  constructor(options: RedisChangesOptions) {
    const { client, subscriber, channel, every = seconds(1) } = options;
    const { clock = systemClock, random = systemRandom, commandTimeout = seconds(1) } = options;
    this.#link = new RedisLink(redisConnection(client), commandTimeout);
    this.#subscriber = subscriber;
    this.#channel = channel;
    this.#everyMs = every;
    this.#clock = clock;
    this.#report = totalSink(options.onError);
    this.#self = random.bytes(9).toString("base64url");
  }

  publish(keys: Keys): void {
    this.#send(keys).catch((error: unknown) => {
      // Nobody may go on believing what we changed: they hear of it later, and of all.
      this.#owes = true;
      this.#fail(error);
    });
  }

  subscribe(listen: Listener): Disposable {
    const listener = { listen };
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#look();
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
      },
    };
  }

  async #send(keys: Keys): Promise<void> {
    const message = JSON.stringify({ from: this.#self, keys });
    await this.#link.run(PUBLISH, [`${this.#channel}:count`], [this.#channel, message]);
  }

  async #settle(): Promise<void> {
    // First, since what fails from here on is not among what is settled.
    this.#owes = false;
    try {
      await this.#send(undefined);
    } catch (error) {
      this.#owes = true;
      throw error;
    }
  }

  /** Looks whether all that was sent was heard, and again after a while. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      if (this.#owes) await this.#settle();
      if (this.#subscription === undefined) await this.#start();
      else await this.#compare();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isLooking = false;
      this.#timer?.[Symbol.dispose]();
      this.#timer =
        this.#listeners.size === 0
          ? undefined
          : this.#clock.after(this.#everyMs, () => void this.#look());
    }
  }

  async #start(): Promise<void> {
    const subscription = await subscriptionTo(this.#subscriber, this.#channel, (message) =>
      this.#hear(message),
    );
    if (this.#listeners.size === 0) return subscription.end();
    this.#subscription = subscription;
    this.#heard = Math.max(this.#heard, await this.#count());
    this.#due = this.#heard;
    // Until now nothing was heard.
    this.#tell(undefined);
  }

  async #compare(): Promise<void> {
    const isMissing = this.#heard < this.#due;
    if (isMissing) this.#heard = this.#due;
    this.#due = await this.#count();
    if (isMissing) this.#tell(undefined);
  }

  async #count(): Promise<number> {
    return Number(String(await this.#link.run(COUNT, [`${this.#channel}:count`], [])));
  }

  #hear(text: string): void {
    const space = text.indexOf(" ");
    const number = Number(text.slice(0, space));
    const message = parse(text.slice(space + 1));
    const isNext = number <= this.#heard + 1;
    if (Number.isSafeInteger(number)) this.#heard = Math.max(this.#heard, number);
    // What is no message of ours may mean anything.
    if (!isNext || message === undefined) this.#tell(undefined);
    else if (message.from !== this.#self) this.#tell(message.keys);
  }

  #tell(keys: Keys): void {
    for (const { listen } of this.#listeners) {
      try {
        listen(keys);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    subscription?.end();
  }

  #fail(error: unknown): void {
    this.#report(error instanceof Error ? error : new Error("A channel of Redis failed"));
  }
}

function parse(text: string): { readonly from: unknown; readonly keys: Keys } | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof message !== "object" || message === null) return undefined;
  const keys: unknown = "keys" in message ? message.keys : undefined;
  const from: unknown = "from" in message ? message.from : undefined;
  if (!Array.isArray(keys)) return { from, keys: undefined };
  return { from, keys: keys.map(String) };
}
