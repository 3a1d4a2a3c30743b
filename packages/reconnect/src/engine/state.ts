import type { DisconnectCause, HoldNeed } from "../causes.ts";
import type { RetryReason } from "./effect.ts";

/**
 * Where the connection stands.
 *
 * `idle → connecting → (pairing) → open → stable`; a close leads to `waiting`, `held` or `stopped`.
 */
export type Phase =
  "idle" | "waiting" | "connecting" | "pairing" | "open" | "stable" | "held" | "stopped";

/** A pause before the next try. */
export interface Wait {
  readonly reason: RetryReason;
  /** Wall time at which it began. */
  readonly sinceMs: number;
  /** Wall time, which survives a restart of the process. */
  readonly untilMs: number;
  /** Monotonic time, which a corrected wall clock cannot stretch. `null` in a restored state. */
  readonly monotonicUntilMs: number | null;
  /** How much of its end a network that comes back may cut off. */
  readonly skippableMs: number;
}

/** A pause that only a time, an operator or a pairing ends. */
export interface Hold {
  readonly needs: HoldNeed;
  readonly cause: DisconnectCause;
  readonly sinceMs: number;
  /** Wall time at which it ends by itself, or `null` when it does not. */
  readonly untilMs: number | null;
}

/** Everything the engine remembers. Plain JSON; times are wall-clock milliseconds unless named otherwise. */
export interface EngineState {
  readonly v: 1;
  readonly phase: Phase;
  /** Grows with every connect and with `stop`; an event of another generation is ignored. */
  readonly generation: number;
  /** Counted failures since the connection was last stable. */
  readonly attempt: number;
  /** When the first of them happened. */
  readonly failingSinceMs: number | null;
  /** Position on the back-off ladder. */
  readonly rung: number;
  /** What the ladder said last, before any floor or budget. */
  readonly backedOff: { readonly rung: number; readonly delayMs: number } | null;
  readonly wait: Wait | null;
  readonly hold: Hold | null;
  readonly opened: { readonly atMs: number; readonly monotonicMs: number } | null;
  /** When the latest connects happened, for the connect budget. */
  readonly connects: readonly number[];
  /** When the latest immediate restarts happened. */
  readonly restarts: readonly number[];
  /** When the server last asked to slow down. Kept through a stable connection. */
  readonly rateLimits: readonly number[];
  /** When the latest connections ended that were open but never stable. Kept through a stable connection. */
  readonly shortOpens: readonly number[];
  /** Whether that was so many that it was said, and no stable connection came since. */
  readonly flapping: boolean;
  /** When the credentials were last taken over from another program. Kept through a stable connection. */
  readonly takeovers: readonly number[];
  /** Whether another program may have used the credentials since they were loaded. */
  readonly reloadCredentials: boolean;
  /** Refusals since the connection was last stable, for their own ladder. */
  readonly refusals: number;
  /** The same for refused client versions. */
  readonly versionRefusals: number;
  /** Whether another client version was looked for since the connection was last stable. */
  readonly versionRefresh: "unused" | "asked" | "answered";
  /** QR windows nobody used. */
  readonly qrWindows: number;
  /** Connections in a row that were never paired and ended before any QR code. */
  readonly earlyCloses: number;
  /** What the `connectivity` events say. */
  readonly online: boolean;
  readonly last: {
    readonly cause: DisconnectCause;
    readonly code: number | null;
    readonly atMs: number;
    readonly uptimeMs: number;
  } | null;
}

/** A connection that was never started. */
export const initialState: EngineState = {
  v: 1,
  phase: "idle",
  generation: 0,
  attempt: 0,
  failingSinceMs: null,
  rung: 0,
  backedOff: null,
  wait: null,
  hold: null,
  opened: null,
  connects: [],
  restarts: [],
  rateLimits: [],
  shortOpens: [],
  flapping: false,
  takeovers: [],
  reloadCredentials: false,
  refusals: 0,
  versionRefusals: 0,
  versionRefresh: "unused",
  qrWindows: 0,
  earlyCloses: 0,
  online: true,
  last: null,
};

const RUNNING: ReadonlySet<Phase> = new Set<Phase>(["connecting", "pairing", "open", "stable"]);

/** Whether a socket belongs to this phase. */
export function isRunning(phase: Phase): boolean {
  return RUNNING.has(phase);
}
