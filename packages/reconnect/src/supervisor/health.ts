import { type CredentialsVerdict, type DisconnectCause, type HoldNeed, causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { EngineState, Phase } from "../engine/state.ts";
import { sentence } from "../sentence.ts";
import { isOpen } from "./outlook.ts";

/** How things are now. Plain JSON without secrets: no code, no number, no key. */
export interface Health {
  readonly phase: Phase;
  /** Wall time at which the phase began. */
  readonly sinceMs: number;
  readonly open: boolean;
  /** Whether the open connection has caught up, or has been waited for long enough. */
  readonly ready: boolean;
  /** Whether WhatsApp shows the account as online because of this device. `null` until Baileys has said so. */
  readonly isOnline: boolean | null;
  /** Counts the sockets, from 1. */
  readonly generation: number;
  /** Counted failures since the connection was last stable. */
  readonly attempt: number;
  /** On the monotonic clock. Zero when no connection is open. */
  readonly uptimeMs: number;
  /** Wall time of the next try, or `null` when none is planned. */
  readonly nextTryAtMs: number | null;
  readonly hold: {
    readonly cause: DisconnectCause;
    readonly needs: HoldNeed;
    readonly sentence: string;
    readonly credentials: CredentialsVerdict;
    readonly untilMs: number | null;
  } | null;
  /** The latest close. */
  readonly last: {
    readonly cause: DisconnectCause;
    readonly code: number | null;
    /** The error's own words, without phone numbers. Absent when an earlier process saw it. */
    readonly message?: string;
    readonly atMs: number;
    readonly uptimeMs: number;
  } | null;
  /** The QR or pairing code that waits to be used. Not the code itself: whoever has it can link a device. */
  readonly pairing: { readonly by: "qr" | "code"; readonly expiresAtMs: number } | null;
  readonly savePending: boolean;
}

/** What the engine's state does not say. */
export interface HealthFacts {
  readonly sinceMs: number;
  readonly ready: boolean;
  readonly isOnline: boolean | null;
  readonly uptimeMs: number;
  readonly disconnect: Disconnect | undefined;
  readonly pairing: Health["pairing"];
  readonly savePending: boolean;
}

/** Puts the two together. */
export function healthOf(state: EngineState, facts: HealthFacts): Health {
  const { phase, hold, wait, last } = state;
  const { disconnect, ...others } = facts;
  // A stop is a disconnect too, and the engine does not remember it.
  const message = disconnect?.cause === last?.cause ? disconnect?.message : undefined;
  return {
    ...others,
    phase,
    open: isOpen(phase),
    generation: state.generation,
    attempt: state.attempt,
    nextTryAtMs: wait?.untilMs ?? hold?.untilMs ?? null,
    hold: hold && {
      cause: hold.cause,
      needs: hold.needs,
      sentence: sentence(hold.cause, hold),
      credentials: causes[hold.cause].credentials,
      untilMs: hold.untilMs,
    },
    last: last && { ...last, ...(message === undefined ? {} : { message }) },
  };
}
