import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { SocketConfig } from "@whiskeysockets/baileys";
import { type BaileysRuntime, loadBaileys } from "../baileys-runtime.ts";
import { bytesCodec } from "../codec/bytes-codec.ts";
import { jsonCodec } from "../codec/json-codec.ts";
import type { ErrorSink } from "../error-sink.ts";
import { hashedKeys } from "../kv/hashed-keys.ts";
import type { KV } from "../kv/kv.ts";
import type { Codec } from "../messages/codec.ts";
import { type Millis, hours, minutes, seconds } from "../millis.ts";
import { assertAccount } from "../sqlite/accounts.ts";
import { anyValue, deviceList, retryCount, sendableMedia } from "./cache-guards.ts";
import { type BaileysCacheStore, type CacheGuard, asCacheStore } from "./cache-store.ts";
import { type LruOptions, lru } from "./lru.ts";
import { tiered } from "./tiered.ts";

export interface BaileysCachesOptions {
  /** Whose caches these are, e.g. the name of the session. */
  readonly account: string;
  /**
   * Where retry counts, device lists and uploads are kept as well, so that they survive a restart. Any `KV`; several
   * accounts may share one. It may fail or be away: the caches then go on in this process alone. @defaultValue none
   */
  readonly l2?: KV;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of failures, which never reach Baileys. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** The copy of Baileys in use. @defaultValue the installed `@whiskeysockets/baileys`, at the first media send */
  readonly baileys?: BaileysRuntime;
}

/** The caches of one account, named as `makeWASocket` takes them. */
export type BaileysCaches = Readonly<
  Record<
    Extract<
      keyof SocketConfig,
      | "msgRetryCounterCache"
      | "userDevicesCache"
      | "placeholderResendCache"
      | "callOfferCache"
      | "mediaCache"
    >,
    BaileysCacheStore
  >
>;

// A hit must cost little more than the lookup, and no entry is needed to its last second: a clock reading costs as much.
const TTL_RESOLUTION = seconds(1);

// Baileys waits for these caches in the middle of a send.
const L2_TIMEOUT = seconds(2);

/**
 * Every cache Baileys lets a bot bring, bounded in entries, time and, for media, bytes.
 *
 * Make them once per account and spread them into each `makeWASocket` call: they then outlive reconnects, so
 * that retry counts go on counting. With `l2` they outlive the process, too, but for placeholders and calls, which
 * are over in seconds.
 *
 * @throws UsageError when `account` is empty or an option is misspelt.
 */
export function baileysCaches(options: BaileysCachesOptions): BaileysCaches {
  assertKnownOptions("baileysCaches()", options, ["account", "l2", "clock", "onError", "baileys"]);
  const { account, clock = systemClock, onError, baileys } = options;
  assertAccount(account);
  const l2 = options.l2?.namespace(account);
  const sink = onError && { onError };

  const near = <V>({ name, guard, ...bounds }: Place<V>): BaileysCacheStore =>
    asCacheStore(lru<V>({ ...bounds, ttlResolution: TTL_RESOLUTION, clock }), {
      account,
      namespace: name,
      guard,
      exclusive: true,
      ...sink,
    });
  const lasting = <V>(
    place: Place<V>,
    codec: Codec<V>,
    keys = (kv: KV) => kv,
  ): BaileysCacheStore => {
    if (l2 === undefined) return near(place);
    const { name, guard, ...bounds } = place;
    const cache = tiered<V>({
      l1: lru<V>({ ...bounds, ttlResolution: TTL_RESOLUTION, clock }),
      l2: keys(l2.namespace(name)),
      codec,
      ttl: bounds.ttl,
      onL2Error: "fail-open",
      l2Timeout: L2_TIMEOUT,
      clock,
      ...sink,
    });
    return asCacheStore(cache, { account, namespace: name, guard, ...sink });
  };

  return {
    msgRetryCounterCache: lasting(
      { name: "retry", max: 10_000, ttl: hours(1), guard: retryCount },
      jsonCodec(),
    ),
    userDevicesCache: lasting(
      { name: "devices", max: 20_000, ttl: minutes(5), guard: deviceList },
      jsonCodec(),
    ),
    // Baileys needs an entry for 10 s: 2 s before it asks the phone and 8 s until it gives up.
    placeholderResendCache: near({
      name: "placeholder",
      max: 1000,
      ttl: seconds(60),
      guard: anyValue,
    }),
    callOfferCache: near({ name: "call", max: 1000, ttl: minutes(5), guard: anyValue }),
    mediaCache: lasting(
      {
        name: "media",
        max: 256,
        maxBytes: 8 * 1024 * 1024,
        bytesOf: (message) => message.byteLength,
        ttl: hours(24),
        guard: sendableMedia(() => loadBaileys(baileys)),
      },
      bytesCodec,
      // The keys are URLs, as long as they like, and may carry secrets.
      hashedKeys,
    ),
  };
}

type Place<V> = Pick<LruOptions<V>, "max" | "maxBytes" | "bytesOf"> & {
  readonly name: string;
  readonly ttl: Millis;
  readonly guard: CacheGuard<V>;
};
