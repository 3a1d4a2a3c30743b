import type { Random } from "@motte/core/random";
import type { FaultName } from "../faults/catalogue.ts";

/** A fault that chaos may pick. */
export interface Scene {
  readonly fault: FaultName;
  /** How likely it is, beside the others. */
  readonly weight: number;
  /** How many occasions may pass before it fires: the rule skips up to this many. */
  readonly maxSkip: number;
  /** The settings of one pick. @defaultValue the fault's own */
  readonly settings?: (random: Random) => Readonly<Record<string, unknown>>;
}

const MESSAGE = { tag: "message" };

/**
 * What a client recovers from if it connects again and sends again what nobody confirmed. Others do not belong here: a
 * receipt that is lost without the connection is never sent again, and a request that is never answered takes a minute.
 */
export const repertoire: readonly Scene[] = [
  // Connections that end, or do not come about.
  { fault: "cut", weight: 3, maxSkip: 1 },
  {
    fault: "cut",
    weight: 3,
    maxSkip: 3,
    settings: (random) => ({ on: pick([MESSAGE, { tag: "receipt" }, { tag: "ack" }], random) }),
  },
  { fault: "reset", weight: 1, maxSkip: 1 },
  {
    fault: "close",
    weight: 1,
    maxSkip: 1,
    settings: (random) => ({ code: pick([1000, 1001, 1011], random) }),
  },
  {
    fault: "stream-error",
    weight: 3,
    maxSkip: 1,
    settings: (random) => ({ code: pick([500, 503, 515], random) }),
  },
  { fault: "stream-rate-limit", weight: 1, maxSkip: 0 },
  { fault: "stream-end", weight: 1, maxSkip: 1 },
  { fault: "server-restart", weight: 1, maxSkip: 0, settings: () => ({ downMs: 50 }) },
  {
    fault: "connection-refused",
    weight: 1,
    maxSkip: 0,
    settings: (random) => ({ forMs: between(50, 300, random) }),
  },
  {
    fault: "connect-delay",
    weight: 1,
    maxSkip: 1,
    settings: (random) => ({ ms: between(10, 200, random) }),
  },
  { fault: "accept-reset", weight: 1, maxSkip: 1 },
  { fault: "upgrade-reset", weight: 1, maxSkip: 1 },
  {
    fault: "upgrade-status",
    weight: 2,
    maxSkip: 1,
    settings: (random) => ({
      status: pick([429, 500, 502, 503], random),
      keepAlive: pick([true, false], random),
    }),
  },
  // Frames as the network, or another server, may bring them.
  {
    fault: "delay-frame",
    weight: 2,
    maxSkip: 20,
    settings: (random) => ({
      direction: pick(["in", "out"], random),
      ms: between(5, 200, random),
    }),
  },
  {
    fault: "split-frame",
    weight: 1,
    maxSkip: 20,
    settings: (random) => ({
      direction: pick(["in", "out"], random),
      bytes: between(1, 20, random),
    }),
  },
  {
    fault: "coalesce-frames",
    weight: 1,
    maxSkip: 20,
    settings: (random) => ({ direction: pick(["in", "out"], random) }),
  },
  { fault: "compressed-stanza", weight: 1, maxSkip: 20 },
  { fault: "flip-bit", weight: 1, maxSkip: 20, settings: () => ({ direction: "in" }) },
  { fault: "drop-frame", weight: 1, maxSkip: 20, settings: () => ({ direction: "in" }) },
  // Stanzas that come late, again, out of order, or not at all.
  {
    fault: "delay-stanza",
    weight: 3,
    maxSkip: 5,
    settings: (random) => ({
      match: MESSAGE,
      direction: pick(["in", "out"], random),
      ms: between(5, 100, random),
    }),
  },
  {
    fault: "duplicate-stanza",
    weight: 3,
    maxSkip: 5,
    settings: (random) => ({
      direction: pick(["in", "out"], random),
      afterMs: pick([0, 20], random),
    }),
  },
  {
    fault: "reorder-stanzas",
    weight: 3,
    maxSkip: 3,
    settings: (random) => ({ behind: between(1, 2, random), waitMs: 200 }),
  },
  {
    fault: "drop-stanza",
    weight: 2,
    maxSkip: 3,
    settings: () => ({ match: MESSAGE, direction: "in" }),
  },
  { fault: "drop-ack", weight: 2, maxSkip: 3 },
  // Refusals.
  { fault: "message-refused", weight: 1, maxSkip: 3 },
  {
    fault: "rate-overlimit",
    weight: 1,
    maxSkip: 1,
    settings: () => ({ match: { tag: "iq", attrs: { xmlns: "usync" } } }),
  },
  { fault: "bundle-missing", weight: 1, maxSkip: 0 },
  { fault: "no-one-time-pre-keys", weight: 1, maxSkip: 0 },
  // Messages that cannot be read at first.
  { fault: "bad-mac", weight: 2, maxSkip: 3 },
  { fault: "duplicate-counter", weight: 2, maxSkip: 3 },
  { fault: "unknown-session", weight: 2, maxSkip: 3 },
  { fault: "skewed-time", weight: 1, maxSkip: 5 },
];

function pick<T>(choices: readonly [T, ...T[]], random: Random): T {
  return choices[Math.floor(random.next() * choices.length)] ?? choices[0];
}

function between(least: number, most: number, random: Random): number {
  return least + Math.floor(random.next() * (most - least + 1));
}
