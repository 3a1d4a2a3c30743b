import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import type { PolicyOptions } from "../engine/settings.ts";
import { type ReconnectPolicy, asPolicy } from "../policy.ts";
import { type LivenessOptions, resolveLiveness } from "./liveness-options.ts";
import { type PairingOptions, checkPairing } from "./pairing-options.ts";
import {
  PORT_OPTION_NAMES,
  type PortOptions,
  type ResolvedPortOptions,
  resolvePortOptions,
} from "./port-options.ts";
import { type ResolvedTimeouts, type SupervisorTimeouts, resolveTimeouts } from "./timeouts.ts";

/** What `ev` shows of closes: `terminal-only` hides those that the supervisor answers itself, `raw` hides nothing. */
export type CloseEvents = "terminal-only" | "raw";

/** How `supervise` behaves. Every option has a default. */
export interface SuperviseOptions extends PortOptions {
  /** The rules, or options for the default rules. @defaultValue `reconnectPolicy()` */
  readonly policy?: ReconnectPolicy | PolicyOptions;
  /**
   * Saves the credentials. The supervisor calls it after every `creds.update`, never twice at once, again when it
   * fails, and does not connect while a save is under way.
   */
  readonly saveCreds?: () => void | Promise<void>;
  /** Waits for saves that the supervisor does not do itself, such as a store's own write queue. */
  readonly drain?: () => void | Promise<void>;
  readonly timeouts?: SupervisorTimeouts;
  /**
   * With `terminal-only` a drop that the supervisor answers itself shows as `connecting`, so that the usual
   * "on close, connect again" handler cannot build a second socket. `onClose` always fires.
   * @defaultValue `"terminal-only"`
   */
  readonly closeEvents?: CloseEvents;
  /**
   * Asks for a pairing code, once per window, instead of handing out QR codes. Nothing is asked for an account that is
   * paired. @defaultValue pairs by QR code
   */
  readonly pairing?: PairingOptions;
  /** How to notice that the machine has slept and the peer may be gone; `false` turns it off. */
  readonly liveness?: LivenessOptions | false;
  /** Stops the supervisor when it aborts. */
  readonly signal?: AbortSignal;
  /** @defaultValue writes nothing */
  readonly logger?: Logger;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/** `SuperviseOptions` with every default filled in. */
export interface ResolvedOptions extends ResolvedPortOptions {
  readonly policy: ReconnectPolicy;
  readonly saveCreds: (() => void | Promise<void>) | undefined;
  readonly drain: (() => void | Promise<void>) | undefined;
  readonly timeouts: ResolvedTimeouts;
  readonly closeEvents: CloseEvents;
  readonly pairing: PairingOptions | undefined;
  readonly liveness: Required<LivenessOptions> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

const OPTION_NAMES: readonly string[] = [
  ...PORT_OPTION_NAMES,
  "policy",
  "saveCreds",
  "drain",
  "timeouts",
  "closeEvents",
  "pairing",
  "liveness",
  "signal",
  "logger",
  "clock",
  "random",
] satisfies readonly (keyof SuperviseOptions)[];

/** Fills in the defaults and throws a `UsageError` for anything that makes no sense. */
export function resolveOptions(options: SuperviseOptions): ResolvedOptions {
  assertKnownOptions("supervise", options, OPTION_NAMES);
  const { policy = {}, closeEvents = "terminal-only" } = options;
  if (closeEvents !== "terminal-only" && closeEvents !== "raw") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `closeEvents must be "terminal-only" or "raw", not ${JSON.stringify(closeEvents)}`,
    );
  }
  assertFunction("saveCreds", options.saveCreds);
  assertFunction("drain", options.drain);
  const random = options.random ?? systemRandom;
  return {
    ...resolvePortOptions(options, random),
    policy: asPolicy(policy),
    saveCreds: options.saveCreds,
    drain: options.drain,
    timeouts: resolveTimeouts(options.timeouts),
    closeEvents,
    pairing: options.pairing && checkPairing(options.pairing),
    liveness: resolveLiveness(options.liveness),
    signal: options.signal,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    random,
  };
}

function assertFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new UsageError("USAGE_INVALID_OPTION", `${name} must be a function`);
}
