import type { CredentialsVerdict, HoldNeed } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { RetryReason } from "../engine/effect.ts";
import type { Phase } from "../engine/state.ts";

/** What happened at one moment of a simulation. */
export type TimelineEvent =
  | {
      readonly type: "connect";
      readonly generation: number;
      /** Whether the credentials are to be read again, because another program may have used them. */
      readonly reloadCredentials: boolean;
    }
  | { readonly type: "qr" | "paired" | "open" | "resume" | "crash" | "stopped" }
  | { readonly type: "online" | "offline" }
  | { readonly type: "ownership"; readonly verdict: "mine" | "theirs" | "unknown" }
  | { readonly type: "version"; readonly changed: boolean }
  /** What the policy wants to know; a step of the script may answer. */
  | { readonly type: "check-ownership" | "refresh-version" }
  /** Connections open and are lost again and again. */
  | { readonly type: "flapping"; readonly opens: number; readonly windowMs: number }
  /** The connection has lasted long enough for failures to be forgotten. */
  | { readonly type: "stable" }
  | { readonly type: "close"; readonly disconnect: Disconnect; readonly uptimeMs: number }
  /** The rule of the policy threw or made no sense, so the default rules decided. */
  | { readonly type: "rule-failed"; readonly message: string }
  | {
      readonly type: "wait";
      readonly reason: RetryReason;
      readonly delayMs: number;
      /** Whether the connect budget made the delay longer. */
      readonly budgeted: boolean;
    }
  /** Nothing connects before `untilMs`. */
  | {
      readonly type: "hold";
      readonly needs: HoldNeed;
      readonly untilMs: number;
      readonly credentials: CredentialsVerdict;
    }
  /** Nothing connects by itself any more. */
  | {
      readonly type: "give-up";
      readonly needs: HoldNeed;
      readonly credentials: CredentialsVerdict;
      /** What happened and what comes next, for a person. */
      readonly sentence: string;
    };

/** A line of the timeline. Times are milliseconds since the start. */
export type TimelineEntry = TimelineEvent & {
  readonly atMs: number;
  /** The phase, and the counted failures, after it. */
  readonly phase: Phase;
  readonly attempt: number;
};
