import type { DisconnectCause, HoldNeed } from "../causes.ts";
import { causes } from "../causes.ts";
import { ReconnectError } from "../errors.ts";
import type { RetryReason } from "./effect.ts";
import { NotRight, type Read, flag, list, number, orNull, record, word } from "./read-json.ts";
import type { EngineState, Hold, Phase, Wait } from "./state.ts";

/** The engine's state as it is kept between processes: without the times of a clock that ends with the process. */
export interface SavedState extends Omit<EngineState, "wait" | "opened" | "online"> {
  readonly wait: Omit<Wait, "monotonicUntilMs"> | null;
  readonly opened: { readonly atMs: number } | null;
}

/** What `toJSON` returns. */
export function savedState({ online: _online, wait, opened, ...kept }: EngineState): SavedState {
  return {
    ...kept,
    wait: wait === null ? null : savedWait(wait),
    opened: opened === null ? null : { atMs: opened.atMs },
  };
}

function savedWait({ monotonicUntilMs: _monotonic, ...kept }: Wait): SavedState["wait"] {
  return kept;
}

// One row per word, so that a new one that is missing here does not compile.
const PHASES: Readonly<Record<Phase, true>> = {
  idle: true,
  waiting: true,
  connecting: true,
  pairing: true,
  open: true,
  stable: true,
  held: true,
  stopped: true,
};
const NEEDS: Readonly<Record<HoldNeed, true>> = {
  operator: true,
  pairing: true,
  version: true,
  time: true,
  ownership: true,
};
const REASONS: Readonly<Record<RetryReason, true>> = {
  restart: true,
  recycle: true,
  "back-off": true,
  refused: true,
  "qr-window": true,
  rule: true,
  budget: true,
  restored: true,
  offline: true,
  online: true,
};

const count = number("a whole number of at least 0", (value) => {
  return Number.isSafeInteger(value) && value >= 0;
});
const duration = number("a number of at least 0", (value) => value >= 0);
const time = number("a time", () => true);
const cause = wordOf<DisconnectCause>(causes);

const saved: Read<SavedState> = record<SavedState>({
  v: (value, where) => {
    if (value === 1) return value;
    throw new NotRight(`${where} is not 1`);
  },
  phase: wordOf(PHASES),
  generation: count,
  attempt: count,
  failingSinceMs: orNull(time),
  rung: count,
  backedOff: orNull(record({ rung: count, delayMs: duration })),
  wait: orNull(
    record<Omit<Wait, "monotonicUntilMs">>({
      reason: wordOf(REASONS),
      sinceMs: time,
      untilMs: time,
      skippableMs: duration,
    }),
  ),
  hold: orNull(record<Hold>({ needs: wordOf(NEEDS), cause, sinceMs: time, untilMs: orNull(time) })),
  opened: orNull(record({ atMs: time })),
  connects: list(time),
  restarts: list(time),
  rateLimits: list(time),
  shortOpens: list(time),
  flapping: flag,
  takeovers: list(time),
  reloadCredentials: flag,
  refusals: count,
  versionRefusals: count,
  versionRefresh: word(["unused", "asked", "answered"]),
  qrWindows: count,
  earlyCloses: count,
  last: orNull(
    record<NonNullable<EngineState["last"]>>({
      cause,
      code: orNull(time),
      atMs: time,
      uptimeMs: duration,
    }),
  ),
});

function wordOf<Word extends string>(rows: Readonly<Record<Word, unknown>>): Read<Word> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The keys of a table typed by its words are those words.
  return word(Object.keys(rows) as Word[]);
}

/** Reads what `toJSON` returned, perhaps by way of a file. Throws a `ReconnectError` for anything else. */
export function readState(json: unknown): EngineState {
  refuseNewer(json);
  try {
    const { wait, opened, ...kept } = saved(json, "state");
    agree("wait", wait !== null, kept.phase, "waiting");
    agree("hold", kept.hold !== null, kept.phase, "held");
    return {
      ...kept,
      wait: wait === null ? null : { ...wait, monotonicUntilMs: null },
      // No monotonic time of this process: only `restore` looks at a kept state, and at its wall time.
      opened: opened === null ? null : { ...opened, monotonicMs: 0 },
      online: true,
    };
  } catch (error) {
    if (!(error instanceof NotRight)) throw error;
    const advice =
      "Find out what damaged it; to begin afresh, without any wait or hold that was in it, remove it";
    const message = `The kept reconnect state cannot be used: ${error.message}. ${advice}`;
    throw new ReconnectError("RECONNECT_STATE_INVALID", message, { cause: error });
  }
}

// A state that was stopped or restored may keep either; one that waits or holds must have its own.
function agree(what: string, present: boolean, phase: Phase, its: Phase): void {
  const fits = present ? phase === its || phase === "idle" || phase === "stopped" : phase !== its;
  if (!fits) throw new NotRight(`state.${what} does not fit phase ${phase}`);
}

function refuseNewer(json: unknown): void {
  if (typeof json !== "object" || json === null || !("v" in json)) return;
  if (typeof json.v !== "number" || !Number.isSafeInteger(json.v) || json.v <= 1) return;
  throw new ReconnectError(
    "RECONNECT_STATE_NEWER",
    `The kept reconnect state has version ${json.v} and this release reads version 1. Run the newer release again, or remove the state to begin afresh`,
  );
}
