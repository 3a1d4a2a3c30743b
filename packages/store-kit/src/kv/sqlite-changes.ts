import { type Clock, systemClock } from "@motte/core/clock";
import { assertKnownOptions } from "@motte/core/options";
import type { SqliteDatabase } from "@motte/core/sqlite";
import type { InvalidationBus } from "../cache/invalidation-bus.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, seconds } from "../millis.ts";
import { guarded } from "../sqlite/guarded.ts";

export interface SqliteChangesOptions {
  /** How often to look, and so how long a change may go unseen. @defaultValue `seconds(1)` */
  readonly every?: Millis;
  /** Hears when looking failed; every key is then taken to have changed. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * Tells a `tiered` cache when another connection, of this process or another, has written to the database file.
 *
 * SQLite tells that something was written and not what, so every key is taken to have changed. Pass the handle that the
 * KV is on: what is written through that one is not counted. Looks only while somebody listens.
 */
export function sqliteChanges(
  database: SqliteDatabase,
  options: SqliteChangesOptions = {},
): InvalidationBus {
  assertKnownOptions("sqliteChanges()", options, ["every", "onError", "clock"]);
  const { every = seconds(1), clock = systemClock } = options;
  const report = totalSink(options.onError);
  const listeners = new Set<{ readonly tell: () => void }>();
  let seen: unknown;
  let timer: Disposable | undefined;

  const version = (): unknown =>
    guarded(() => database.prepare("PRAGMA data_version").get()?.["data_version"]);
  const look = (): void => {
    const before = seen;
    // Before the listeners, any of whom may be the last to leave.
    timer = clock.after(every, look);
    try {
      seen = version();
    } catch (error) {
      seen = undefined;
      report(error instanceof Error ? error : new Error("Looking for changes failed"));
    }
    if (seen !== before || seen === undefined) for (const { tell } of listeners) tell();
  };

  return {
    // The file itself tells the others.
    publish: () => {},
    subscribe: (listen) => {
      const listener = {
        tell: () => {
          try {
            listen(undefined);
          } catch (error) {
            report(error instanceof Error ? error : new Error("A listener threw"));
          }
        },
      };
      if (listeners.size === 0) {
        seen = version();
        timer = clock.after(every, look);
      }
      listeners.add(listener);
      return {
        [Symbol.dispose]: () => {
          listeners.delete(listener);
          if (listeners.size === 0) timer?.[Symbol.dispose]();
        },
      };
    },
  };
}
