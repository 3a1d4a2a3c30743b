/**
 * Carries word of changed keys between the processes that share a second level, e.g. over a channel of Redis.
 *
 * It may lose messages: an entry then stays out of date until `l1Ttl`. It may echo them to the sender.
 */
export interface InvalidationBus {
  /** Tells the others that `keys`, or every key, changed. Must not throw. */
  publish(keys: readonly string[] | undefined): void;
  /** Hears from the others; disposing the result ends it. */
  subscribe(listener: (keys: readonly string[] | undefined) => void): Disposable;
}
