import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { SeededRandom } from "@motte/core/random";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { FaultRuleSpec } from "../faults/fault-rule.ts";
import type { ServerFaults } from "../faults/fault-plan.ts";
import { type ChaosWeights, chaosPlan } from "./chaos-plan.ts";
import { invariants } from "./invariants/index.ts";
import { TrafficWatch } from "./traffic.ts";

export interface ChaosOptions {
  /** How many faults are picked; each fires once. @defaultValue `6` */
  readonly faults?: number;
  /** How likely each fault is beside the others; those that are not named are not picked. @defaultValue see the README */
  readonly weights?: ChaosWeights;
  /** How many requests a client may make on one connection in one second. @defaultValue `100` */
  readonly maxRequestsPerSecond?: number;
}

export interface SettleOptions {
  /** The ids of the messages the bot dealt with, once it has dropped those it knew. @defaultValue not checked */
  readonly heard?: () => readonly string[];
  /** How long clients may take to recover, in real milliseconds. @defaultValue `30_000` */
  readonly timeoutMs?: number;
}

/** A time of trouble that ends. */
export interface Chaos extends Disposable {
  /** What was picked; it follows from the server's seed and the options. */
  readonly plan: readonly FaultRuleSpec[];
  /**
   * Ends the faults, waits until every invariant holds, and resolves. Rejects with `MOCK_CHAOS_BROKE`, which names
   * what is still broken and the seed and plan that repeat it.
   */
  settle(options?: SettleOptions): Promise<void>;
}

export interface ChaosParts {
  readonly context: ServerContext;
  readonly faults: ServerFaults;
  readonly seed: SeededRandom;
  readonly options: ChaosOptions;
}

// How often the invariants are looked at while clients recover.
const LOOK_EVERY_MS = 20;

/** Puts the faults in place. Throws a `UsageError` for bad options before the first. */
export function startChaos({ context, faults, seed, options }: ChaosParts): Chaos {
  assertKnownOptions("server.chaos", options, ["faults", "weights", "maxRequestsPerSecond"]);
  const { faults: count = 6, weights, maxRequestsPerSecond = 100 } = options;
  integerOption("maxRequestsPerSecond", maxRequestsPerSecond, { min: 1 });
  const plan = chaosPlan(seed, { faults: count, weights });
  const watch = new TrafficWatch(context, maxRequestsPerSecond);
  const rules = faults.apply(plan);
  watch.watchArrivals();
  const calm = (): void => {
    for (const rule of rules) rule.remove();
  };
  return {
    plan,
    settle: async ({ heard, timeoutMs = 30_000 } = {}) => {
      calm();
      const { realClock, world } = context;
      const broken = (): readonly string[] => {
        const accounts = world.accounts.filter(({ companions }) => companions.length > 0);
        const aftermath = { context, accounts, traffic: watch, heard: heard?.() };
        return invariants.flatMap((invariant) =>
          invariant.violations(aftermath).map((line) => `${invariant.name}: ${line}`),
        );
      };
      const deadline = realClock.monotonic() + timeoutMs;
      let lines = broken();
      while (lines.length > 0 && realClock.monotonic() < deadline) {
        await realClock.sleep(LOOK_EVERY_MS);
        lines = broken();
      }
      watch[Symbol.dispose]();
      if (lines.length > 0) throw chaosBroke(lines, faults.report(), context.journal.toTable());
    },
    [Symbol.dispose]: () => {
      calm();
      watch[Symbol.dispose]();
    },
  };
}

function chaosBroke(lines: readonly string[], plan: string, journal: string): MockServerError {
  return new MockServerError(
    "MOCK_CHAOS_BROKE",
    `Not all is well after the chaos:\n${lines.map((line) => `  ${line}`).join("\n")}\nRepeat it with ${plan}\nWhat the server saw last:\n${journal}`,
  );
}
