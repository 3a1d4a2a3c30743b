import type { CredentialsVerdict } from "../causes.ts";
import type { Hold } from "./state.ts";

/** Why the next try waits. */
export type RetryReason =
  "restart" | "back-off" | "refused" | "qr-window" | "rule" | "budget" | "restored";

/** What the engine wants done, in this order. The engine itself does nothing. */
export type Effect =
  /** The state must be safe before the effects after this one, so that a crash while connecting is counted. */
  | { readonly type: "persist" }
  | { readonly type: "connect"; readonly generation: number }
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
  /** The rule of the policy threw or made no sense, so the default rules decided. */
  | { readonly type: "rule-failed"; readonly error: unknown }
  | { readonly type: "stable" }
  | { readonly type: "stopped" };
