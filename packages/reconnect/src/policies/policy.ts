import type { HoldNeed } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { Question, RetryReason } from "../engine/effect.ts";
import type { EngineEnvironment } from "../engine/environment.ts";
import type { PolicySettings } from "../engine/settings.ts";
import type { EngineState } from "../engine/state.ts";

/** What to do about a lost connection. */
export type Verdict =
  /** Connect again after `delayMs`. `counted` says whether it is a failure. */
  | {
      readonly do: "retry";
      readonly delayMs: number;
      readonly counted: boolean;
      readonly reason: RetryReason;
    }
  /** Climb the common ladder and connect again after what it says: a counted failure. */
  | { readonly do: "back-off" }
  /** Do not connect until `untilMs` (wall time), or until someone resumes when that is `null`. `ask` may change that. */
  | {
      readonly do: "hold";
      readonly needs: HoldNeed;
      readonly untilMs: number | null;
      readonly ask?: Question;
      readonly counted?: boolean;
    }
  /** Never connect again. */
  | { readonly do: "stop" };

/** All a policy may look at. */
export interface PolicyContext {
  readonly disconnect: Disconnect;
  readonly state: EngineState;
  readonly settings: PolicySettings;
  readonly environment: EngineEnvironment;
}

/** A verdict, and the parts of the state in which the policy remembers what it saw. */
export interface Decision {
  readonly verdict: Verdict;
  readonly remember?: Partial<
    Pick<
      EngineState,
      "restarts" | "rateLimits" | "refusals" | "versionRefusals" | "versionRefresh" | "qrWindows"
    >
  >;
  /** What the rule of the settings threw, or how its answer is wrong. */
  readonly ruleError?: unknown;
}

/** One family of rules. Pure. */
export type Policy = (context: PolicyContext) => Decision;

/** How much longer than its own delay a retry must wait because the server said so. */
export function retryAfterFloor(
  disconnect: Pick<Disconnect, "retryAfterMs">,
  settings: PolicySettings,
): number {
  return Math.min(settings.maxRetryAfterMs, disconnect.retryAfterMs ?? 0);
}
