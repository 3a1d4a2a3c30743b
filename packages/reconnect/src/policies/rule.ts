import { UsageError } from "@motte/core/errors";
import type { HoldNeed } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { EngineEnvironment } from "../engine/environment.ts";
import type { PolicySettings } from "../engine/settings.ts";
import type { EngineState } from "../engine/state.ts";
import { type PolicyContext, type Verdict, retryAfterFloor } from "./policy.ts";

/** What a rule of your own wants done about a lost connection. */
export type RuleVerdict =
  /** Connect again after `delayMs`, and count it as a failure unless `counted` is `false`. */
  | { readonly do: "retry"; readonly delayMs: number; readonly counted?: boolean }
  /** Climb the common ladder: a counted failure. */
  | { readonly do: "back-off" }
  /** Do not connect until `untilMs` (wall time), or until someone resumes when it is left out. */
  | { readonly do: "hold"; readonly needs: HoldNeed; readonly untilMs?: number }
  /** Never connect again. */
  | { readonly do: "stop" };

/**
 * Decides in place of the default rules, or returns nothing to keep them. Must be pure, as the engine is.
 *
 * It is not asked when the program itself stopped, logged out or wants a new socket. It can not connect with credentials the server
 * revoked, nor before the end of a ban, nor sooner than a `Retry-After` says: the default rules answer then.
 */
export type Rule = (
  disconnect: Disconnect,
  state: EngineState,
  environment: EngineEnvironment,
) => RuleVerdict | undefined;

/** A rule's verdict, the failure of a rule that has none, or nothing of both where the default rules decide. */
export interface Ruling {
  readonly verdict?: Verdict;
  readonly error?: unknown;
}

const NEEDS: ReadonlySet<string> = new Set<HoldNeed>([
  "operator",
  "pairing",
  "version",
  "time",
  "ownership",
]);

/** Asks the rule of the settings. A rule that throws must not end the connection: its error is handed on instead. */
export function askRule(context: PolicyContext): Ruling {
  const { disconnect, state, settings, environment } = context;
  if (settings.rule === undefined) return {};
  let asked: RuleVerdict | undefined;
  try {
    asked = settings.rule(disconnect, state, environment);
  } catch (error) {
    return { error };
  }
  if (asked === undefined) return {};
  if (!isVerdict(asked)) {
    const message = "A rule must return a verdict with valid times, or undefined for the default";
    return { error: new UsageError("USAGE_INVALID_OPTION", message) };
  }
  return mayFollow(asked, context) ? { verdict: verdictOf(asked, disconnect, settings) } : {};
}

function verdictOf(asked: RuleVerdict, disconnect: Disconnect, settings: PolicySettings): Verdict {
  if (asked.do === "hold") {
    const { needs, untilMs = null } = asked;
    return needs === "ownership"
      ? { do: "hold", needs, untilMs, ask: "check-ownership" }
      : { do: "hold", needs, untilMs };
  }
  if (asked.do !== "retry") return asked;
  const delayMs = Math.max(asked.delayMs, retryAfterFloor(disconnect, settings));
  return { do: "retry", delayMs, counted: asked.counted ?? true, reason: "rule" };
}

function mayFollow(asked: RuleVerdict, context: PolicyContext): boolean {
  const { disconnect, settings, environment } = context;
  const connectsAtMs = asked.do === "stop" ? Infinity : earliest(asked, environment.nowMs);
  if (disconnect.credentials === "revoked") return connectsAtMs === Infinity;
  if (disconnect.cause !== "temp-banned") return true;
  return connectsAtMs >= environment.nowMs + (disconnect.retryAfterMs ?? settings.ban.unknownMs);
}

function earliest(asked: Exclude<RuleVerdict, { do: "stop" }>, nowMs: number): number {
  if (asked.do === "hold") return asked.untilMs ?? Infinity;
  return asked.do === "retry" ? nowMs + asked.delayMs : nowMs;
}

// A rule may be JavaScript that no compiler has seen.
function isVerdict(asked: RuleVerdict): boolean {
  if (typeof asked !== "object") return false;
  switch (asked?.do) {
    case "retry":
      return isTime(asked.delayMs);
    case "hold":
      return NEEDS.has(asked.needs) && (asked.untilMs === undefined || isTime(asked.untilMs));
    case "back-off":
    case "stop":
      return true;
    default:
      return false;
  }
}

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0;
}
