import type { CredentialsVerdict } from "../causes.ts";
import type { Hold } from "./state.ts";

/** Why the next try waits. */
export type RetryReason =
  | "restart"
  | "recycle"
  | "back-off"
  | "refused"
  | "qr-window"
  | "rule"
  | "budget"
  | "restored"
  /** There is no network: a rare try, in case that is not true. */
  | "offline"
  /** The network is back. */
  | "online";

/** What the engine may ask the world. The answer is an event. */
export type Question = "check-ownership" | "refresh-version";

/** What the engine wants done, in this order. The engine itself does nothing. */
export type Effect =
  /** The state must be safe before the effects after this one, so that a crash while connecting is counted. */
  | { readonly type: "persist" }
  | {
      readonly type: "connect";
      readonly generation: number;
      /** Another program may have used the credentials meanwhile, so those in memory are no longer theirs. */
      readonly reloadCredentials: boolean;
    }
  | { readonly type: "end"; readonly generation: number }
  /** There is one timer; arming it again replaces it. */
  | { readonly type: "arm-timer"; readonly delayMs: number }
  | { readonly type: "cancel-timer" }
  | { readonly type: "arm-stable-timer"; readonly generation: number; readonly delayMs: number }
  | {
      readonly type: "retry";
      readonly reason: RetryReason;
      readonly delayMs: number;
      readonly attempt: number;
      /** Whether the connect budget made the delay longer. */
      readonly budgeted: boolean;
    }
  | { readonly type: "hold"; readonly hold: Hold; readonly credentials: CredentialsVerdict }
  /** Find out whose turn it is and answer with `ownership`. Without an answer the hold lasts until someone resumes. */
  | { readonly type: "check-ownership" }
  /** Look for another client version and answer with `version`. Without an answer the hold lasts until its end. */
  | { readonly type: "refresh-version" }
  /** The connection opens and is lost again and again. Once, until it has been stable in between. */
  | { readonly type: "flapping"; readonly opens: number; readonly windowMs: number }
  /** The rule of the policy threw or made no sense, so the default rules decided. */
  | { readonly type: "rule-failed"; readonly error: unknown }
  | { readonly type: "stable" }
  | { readonly type: "stopped" };
