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
  { fault: "cut", weight: 3, maxSkip: 1 },
  {
    fault: "cut",
    weight: 3,
    maxSkip: 3,
    settings: (random) => ({ on: pick([MESSAGE, { tag: "receipt" }, { tag: "ack" }], random) }),
  },
  {
    fault: "stream-error",
    weight: 3,
    maxSkip: 1,
    settings: (random) => ({ code: pick([500, 503, 515], random) }),
  },
  { fault: "stream-rate-limit", weight: 1, maxSkip: 0 },
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
  { fault: "message-refused", weight: 1, maxSkip: 3 },
  {
    fault: "rate-overlimit",
    weight: 1,
    maxSkip: 1,
    settings: () => ({ match: { tag: "iq", attrs: { xmlns: "usync" } } }),
  },
  { fault: "bundle-missing", weight: 1, maxSkip: 0 },
  { fault: "no-one-time-pre-keys", weight: 1, maxSkip: 0 },
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
