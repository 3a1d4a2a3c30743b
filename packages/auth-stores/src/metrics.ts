import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { isObject } from "./codec/bytes.ts";

/** The name of the `node:diagnostics_channel` that carries every `AuthStoreMetric` of the process. */
export const METRICS_CHANNEL = "motte:auth-stores";

/** Something measured. It holds sizes, times and names of record families; never ids, keys or values. */
export type AuthStoreMetric =
  /** One `get`. `hits` of the `ids` were answered without asking the backend. */
  | {
      readonly kind: "get";
      readonly sessionId: string;
      readonly type: string;
      readonly ids: number;
      readonly hits: number;
      readonly durationMs: number;
      readonly failed: boolean;
    }
  /** One commit. `changes` callers share it; `elided` of their records were stored as they are already. */
  | {
      readonly kind: "commit";
      readonly sessionId: string;
      readonly changes: number;
      readonly ops: number;
      readonly elided: number;
      readonly creds: boolean;
      readonly bytes: number;
      /** The size of every record put, before encryption. */
      readonly values: readonly { readonly type: string; readonly bytes: number }[];
      readonly retries: number;
      readonly durationMs: number;
      readonly failed: boolean;
    }
  /** A corrupt record was set aside. */
  | { readonly kind: "corrupt"; readonly sessionId: string; readonly type: string }
  /** The session was lost to another owner. */
  | { readonly kind: "fenced"; readonly sessionId: string };

const metrics = channel(METRICS_CHANNEL);

/** Publishes what `measure` gives; does not call it when nobody listens. */
export function publishMetric(measure: () => AuthStoreMetric): void {
  if (metrics.hasSubscribers) metrics.publish(measure());
}

/** Subscribes to what every auth state of this process measures; costs nothing while nobody does. */
export function onMetric(listener: (metric: AuthStoreMetric) => void): Disposable {
  const receive = (message: unknown): void => {
    if (isMetric(message)) listener(message);
  };
  subscribe(METRICS_CHANNEL, receive);
  return { [Symbol.dispose]: () => void unsubscribe(METRICS_CHANNEL, receive) };
}

// Anybody may publish on a channel; what comes from here has a kind.
function isMetric(message: unknown): message is AuthStoreMetric {
  return isObject(message) && typeof message["kind"] === "string" && "sessionId" in message;
}
