import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { SocketConfig } from "@whiskeysockets/baileys";
import { type BaileysRuntime, loadBaileys } from "../baileys-runtime.ts";
import type { ErrorSink } from "../error-sink.ts";
import { hours, minutes, seconds } from "../millis.ts";
import { anyValue, deviceList, retryCount, sendableMedia } from "./cache-guards.ts";
import { type CacheGuard, asCacheStore } from "./cache-store.ts";
import { type LruOptions, lru } from "./lru.ts";

export interface BaileysCachesOptions {
  /** Whose caches these are, e.g. the name of the session. */
  readonly account: string;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of failures, which never reach Baileys. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** The copy of Baileys in use. @defaultValue the installed `@whiskeysockets/baileys`, at the first media send */
  readonly baileys?: BaileysRuntime;
}

/** The caches of one account, named as `makeWASocket` takes them. */
export type BaileysCaches = Required<
  Pick<
    SocketConfig,
    | "msgRetryCounterCache"
    | "userDevicesCache"
    | "placeholderResendCache"
    | "callOfferCache"
    | "mediaCache"
  >
>;

/**
 * Every cache Baileys lets a bot bring, bounded in entries, time and, for media, bytes.
 *
 * Make them once per account and spread them into each `makeWASocket` call: they then outlive reconnects, so
 * that retry counts go on counting. All of it is in this process and gone with it.
 *
 * @throws UsageError when `account` is empty or an option is misspelt.
 */
export function baileysCaches(options: BaileysCachesOptions): BaileysCaches {
  assertKnownOptions("baileysCaches()", options, ["account", "clock", "onError", "baileys"]);
  const { account, clock = systemClock, onError, baileys } = options;
  if (typeof account !== "string" || account === "") {
    throw new UsageError("USAGE_INVALID_OPTION", "account must name whose caches these are");
  }

  const cache = <V>(namespace: string, bounds: LruOptions<V>, guard: CacheGuard<V>) =>
    asCacheStore(lru<V>({ ...bounds, clock }), {
      account,
      namespace,
      guard,
      ...(onError && { onError }),
    });

  return {
    msgRetryCounterCache: cache("retry", { max: 10_000, ttl: hours(1) }, retryCount),
    userDevicesCache: cache("devices", { max: 20_000, ttl: minutes(5) }, deviceList),
    // Baileys needs an entry for 10 s: 2 s before it asks the phone and 8 s until it gives up.
    placeholderResendCache: cache("placeholder", { max: 1000, ttl: seconds(60) }, anyValue),
    callOfferCache: cache("call", { max: 1000, ttl: minutes(5) }, anyValue),
    mediaCache: cache(
      "media",
      {
        max: 256,
        maxBytes: 8 * 1024 * 1024,
        bytesOf: (message) => message.byteLength,
        ttl: hours(24),
      },
      sendableMedia(() => loadBaileys(baileys)),
    ),
  };
}
