import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { Backoff } from "../backoff/backoff.ts";
import { exponential } from "../backoff/exponential.ts";
import { fibonacci } from "../backoff/fibonacci.ts";
import { assertDelay } from "../backoff/ladder.ts";
import type { Rule } from "../policies/rule.ts";

/** At most `max` in any `windowMs`. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
}

/** How a `ReconnectPolicy` behaves. */
export interface PolicyOptions {
  /** Decides in place of the default rules, case by case. @defaultValue none */
  readonly rule?: Rule;
  /** The ladder for ordinary failures. @defaultValue `fibonacci()` */
  readonly backoff?: Backoff;
  /**
   * How long a connection must stay open, on the monotonic clock, before failures are forgotten. Keep it above
   * Baileys' `keepAliveIntervalMs` + 5 s: a half-open socket is not noticed earlier. @defaultValue `60_000`
   */
  readonly stableAfterMs?: number;
  /** Counted failures after which an operator is needed. @defaultValue `Infinity` */
  readonly maxAttempts?: number;
  /** How long failures may go on before an operator is needed. @defaultValue `Infinity` */
  readonly maxElapsedMs?: number;
  /** Connects in a rolling window. It delays and never gives up. @defaultValue 60 in an hour */
  readonly budget?: RateLimit;
  /** Immediate restarts in a rolling window; more of them are counted failures. @defaultValue 3 in a minute */
  readonly restart?: RateLimit;
  /**
   * So many connections that open and are lost before they are stable, in a rolling window, are flapping: no failure
   * waits for less than that rung then. @defaultValue 5 in 10 minutes, rung 7
   */
  readonly flap?: { readonly opens: number; readonly windowMs: number; readonly rung: number };
  /**
   * How often in a rolling window to take over from another connection when `ownership` says that it is our turn, and
   * how long to wait before each, `holdMs` to twice that. @defaultValue 2 in 10 minutes, 1 minute
   */
  readonly replaced?: {
    readonly takeovers: number;
    readonly windowMs: number;
    readonly holdMs?: number;
  };
  /**
   * Without a network: how long between tries, and within what time to connect when it is back.
   * @defaultValue 5 minutes, 3 s
   */
  readonly offline?: { readonly retryMs?: number; readonly spreadMs?: number };
  /** Rungs that each "slow down" of the server adds while it is remembered. @defaultValue 5 rungs, one hour */
  readonly rateLimited?: { readonly rungs: number; readonly windowMs: number };
  /** Tries for refusals not understood, and their ladder. @defaultValue 5, 1 minute to 1 hour */
  readonly refused?: { readonly max: number; readonly backoff?: Backoff };
  /** The ladder for a refused client version. @defaultValue 15 minutes to 6 hours */
  readonly outdated?: { readonly backoff: Backoff };
  /**
   * QR windows before a person is needed, the pause between them, and the closes in a row before any QR code that
   * mean a refused browser description. @defaultValue 3, 2 s, 3
   */
  readonly pairing?: {
    readonly windows?: number;
    readonly gapMs?: number;
    readonly earlyCloses?: number;
  };
  /** How long to stay away when a ban does not say, and what is added to its end. @defaultValue 6 hours, 1 minute */
  readonly ban?: { readonly unknownMs?: number; readonly slackMs?: number };
  /** No `Retry-After` counts for more than this. Bans are exempt. @defaultValue 24 hours */
  readonly maxRetryAfterMs?: number;
}

type RequiredOf<Name extends "replaced" | "offline" | "pairing"> = Required<
  NonNullable<PolicyOptions[Name]>
>;

/** `PolicyOptions` with every default filled in. */
export interface PolicySettings {
  readonly rule: Rule | undefined;
  readonly backoff: Backoff;
  readonly stableAfterMs: number;
  readonly maxAttempts: number;
  readonly maxElapsedMs: number;
  readonly budget: RateLimit;
  readonly restart: RateLimit;
  readonly flap: { readonly opens: number; readonly windowMs: number; readonly rung: number };
  readonly replaced: RequiredOf<"replaced">;
  readonly offline: RequiredOf<"offline">;
  readonly rateLimited: { readonly rungs: number; readonly windowMs: number };
  readonly refused: { readonly max: number; readonly backoff: Backoff };
  readonly outdated: { readonly backoff: Backoff };
  readonly pairing: RequiredOf<"pairing">;
  readonly ban: { readonly unknownMs: number; readonly slackMs: number };
  readonly maxRetryAfterMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const OPTION_NAMES: readonly string[] = [
  "rule",
  "backoff",
  "stableAfterMs",
  "maxAttempts",
  "maxElapsedMs",
  "budget",
  "restart",
  "flap",
  "replaced",
  "offline",
  "rateLimited",
  "refused",
  "outdated",
  "pairing",
  "ban",
  "maxRetryAfterMs",
] satisfies readonly (keyof PolicyOptions)[];

/** Fills in the defaults and throws a `UsageError` for anything that makes no sense. */
export function policySettings(options: PolicyOptions = {}): PolicySettings {
  assertKnownOptions("The reconnect policy", options, OPTION_NAMES);
  const {
    backoff = fibonacci(),
    stableAfterMs = MINUTE_MS,
    maxAttempts = Number.POSITIVE_INFINITY,
    maxElapsedMs = Number.POSITIVE_INFINITY,
    budget = { max: 60, windowMs: HOUR_MS },
    restart = { max: 3, windowMs: MINUTE_MS },
    flap = { opens: 5, windowMs: 10 * MINUTE_MS, rung: 7 },
    rateLimited = { rungs: 5, windowMs: HOUR_MS },
    maxRetryAfterMs = 24 * HOUR_MS,
  } = options;
  const settings: PolicySettings = {
    rule: options.rule,
    backoff,
    stableAfterMs,
    maxAttempts,
    maxElapsedMs,
    budget,
    restart,
    flap,
    replaced: {
      takeovers: options.replaced?.takeovers ?? 2,
      windowMs: options.replaced?.windowMs ?? 10 * MINUTE_MS,
      holdMs: options.replaced?.holdMs ?? MINUTE_MS,
    },
    offline: {
      retryMs: options.offline?.retryMs ?? 5 * MINUTE_MS,
      spreadMs: options.offline?.spreadMs ?? 3_000,
    },
    rateLimited,
    refused: {
      max: options.refused?.max ?? 5,
      backoff: options.refused?.backoff ?? exponential({ baseMs: MINUTE_MS, capMs: HOUR_MS }),
    },
    outdated: options.outdated ?? {
      backoff: exponential({ baseMs: 15 * MINUTE_MS, capMs: 6 * HOUR_MS }),
    },
    pairing: {
      windows: options.pairing?.windows ?? 3,
      gapMs: options.pairing?.gapMs ?? 2_000,
      earlyCloses: options.pairing?.earlyCloses ?? 3,
    },
    ban: {
      unknownMs: options.ban?.unknownMs ?? 6 * HOUR_MS,
      slackMs: options.ban?.slackMs ?? MINUTE_MS,
    },
    maxRetryAfterMs,
  };
  validate(settings);
  return settings;
}

function validate(settings: PolicySettings): void {
  assertDelay("stableAfterMs", settings.stableAfterMs);
  assertDelay("maxRetryAfterMs", settings.maxRetryAfterMs);
  assertDelay("budget.windowMs", settings.budget.windowMs);
  assertDelay("restart.windowMs", settings.restart.windowMs);
  assertDelay("flap.windowMs", settings.flap.windowMs);
  assertDelay("replaced.windowMs", settings.replaced.windowMs);
  assertDelay("replaced.holdMs", settings.replaced.holdMs);
  assertDelay("offline.retryMs", settings.offline.retryMs);
  assertDelay("offline.spreadMs", settings.offline.spreadMs);
  assertDelay("rateLimited.windowMs", settings.rateLimited.windowMs);
  assertDelay("pairing.gapMs", settings.pairing.gapMs);
  assertDelay("ban.unknownMs", settings.ban.unknownMs);
  assertDelay("ban.slackMs", settings.ban.slackMs);
  integerOption("budget.max", settings.budget.max, { min: 1 });
  integerOption("restart.max", settings.restart.max, { min: 0 });
  integerOption("flap.opens", settings.flap.opens, { min: 1 });
  integerOption("flap.rung", settings.flap.rung, { min: 1 });
  integerOption("replaced.takeovers", settings.replaced.takeovers, { min: 0 });
  integerOption("pairing.earlyCloses", settings.pairing.earlyCloses, { min: 1 });
  integerOption("rateLimited.rungs", settings.rateLimited.rungs, { min: 0 });
  integerOption("refused.max", settings.refused.max, { min: 0 });
  integerOption("pairing.windows", settings.pairing.windows, { min: 1 });
  if (settings.maxAttempts !== Number.POSITIVE_INFINITY) {
    integerOption("maxAttempts", settings.maxAttempts, { min: 0 });
  }
  if (settings.maxElapsedMs !== Number.POSITIVE_INFINITY) {
    assertDelay("maxElapsedMs", settings.maxElapsedMs);
  }
  if (settings.rule !== undefined && typeof settings.rule !== "function") {
    throw new UsageError("USAGE_INVALID_OPTION", "rule must be a function");
  }
  for (const backoff of [settings.backoff, settings.refused.backoff, settings.outdated.backoff]) {
    if (typeof backoff !== "function") {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "backoff must be a function, such as fibonacci() or constant(3_000)",
      );
    }
  }
}
