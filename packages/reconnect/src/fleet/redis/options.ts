import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { FLEET_OPTIONS, type FleetOptions } from "../options.ts";

/** How a fleet over several processes admits its accounts. The limits must be the same in all of them. */
export interface RedisFleetOptions extends FleetOptions {
  /** Names the fleet: its keys in Redis begin with this. @defaultValue `"motte:fleet"` */
  readonly prefix?: string;
  /** A connect of a process that died counts for so long. Renewed three times as often. @defaultValue `15_000` ms */
  readonly leaseMs?: number;
  /** The longest pause between two questions while somebody waits. @defaultValue `100` ms */
  readonly pollMs?: number;
  /** No command waits longer for its answer. @defaultValue `2_000` ms */
  readonly commandTimeoutMs?: number;
  /** After a failure Redis is left alone for so long, and this process keeps the limits by itself. @defaultValue `5_000` ms */
  readonly retryMs?: number;
  /** Writes nothing by default. */
  readonly logger?: Logger;
  /** Draws the name of this process. @defaultValue `systemRandom` */
  readonly random?: Random;
}

export interface RedisFleetSettings {
  readonly prefix: string;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly commandTimeoutMs: number;
  readonly retryMs: number;
  readonly logger: Logger;
  readonly random: Random;
}

const OWN_OPTIONS = [
  "prefix",
  "leaseMs",
  "pollMs",
  "commandTimeoutMs",
  "retryMs",
  "logger",
  "random",
] as const satisfies readonly (keyof RedisFleetOptions)[];

/** Fills in the defaults and throws a `UsageError` for anything that makes no sense. */
export function redisFleetSettings(options: RedisFleetOptions): RedisFleetSettings {
  assertKnownOptions("redisFleet", options, [...FLEET_OPTIONS, ...OWN_OPTIONS]);
  const { prefix = "motte:fleet", leaseMs = 15_000, pollMs = 100 } = options;
  const { commandTimeoutMs = 2_000, retryMs = 5_000 } = options;
  const { logger = silentLogger, random = systemRandom } = options;
  if (prefix === "" || /[{}]/.test(prefix)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "prefix must have a letter and no braces, which say to a cluster where the keys belong",
    );
  }
  integerOption("pollMs", pollMs, { min: 1, max: 1_000 });
  // A process is taken for stalled after ten polls, and for dead after its lease.
  integerOption("leaseMs", leaseMs, { min: Math.max(1_000, pollMs * 20) });
  integerOption("commandTimeoutMs", commandTimeoutMs, { min: 1 });
  integerOption("retryMs", retryMs, { min: 1 });
  return { prefix, leaseMs, pollMs, commandTimeoutMs, retryMs, logger, random };
}
