import { type Clock, systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { constants } from "node:os";

/** Within this time the same signal is the same request: npm passes on the Ctrl-C that the terminal has sent as well. */
const SAME_REQUEST_MS = 500;

/** How a program ends when it is told to. */
export interface StopOnSignalsOptions {
  /** @defaultValue `["SIGINT", "SIGTERM"]` */
  readonly signals?: readonly NodeJS.Signals[];
  /** How long all of them together may take to stop, in milliseconds. @defaultValue `10_000` */
  readonly timeoutMs?: number;
  /**
   * Ends the process: with 0 when all have stopped, with 1 when one has not in time or not well, with 128 and the
   * signal's number at a second signal, where the same one within half a second is no second. With `false` the process ends by itself when it has nothing left to do, and a
   * second signal does what it does without this.
   * @defaultValue `process.exit`
   */
  readonly exit?: ((code: number) => void) | false;
  /** Hears why something did not stop in time or not well. */
  readonly onError?: (error: unknown) => void;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/** A supervisor, or anything else that has an end. */
export interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Stops supervisors when the process is told to end, so that messages are delivered and credentials saved first.
 * Disposing the result takes the handlers away. Two of these for the same signal both act; use one for all.
 */
export function stopOnSignals(
  supervisors: Stoppable | readonly Stoppable[],
  options: StopOnSignalsOptions = {},
): Disposable {
  assertKnownOptions("stopOnSignals", options, OPTION_NAMES);
  const { signals = ["SIGINT", "SIGTERM"], exit = endProcess, clock = systemClock } = options;
  const ms = integerOption("timeoutMs", options.timeoutMs ?? 10_000, { min: 1 });
  assertSignals(signals);
  assertStoppable(supervisors);
  const names = new Set(signals);
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;

  const stopAll = async (): Promise<number> => {
    const all: readonly Stoppable[] = "stop" in supervisors ? [supervisors] : supervisors;
    let code = 0;
    const fail = (error: unknown): void => {
      code = 1;
      options.onError?.(error);
    };
    // One that fails keeps nobody from waiting for the others.
    const stopped = Promise.all(all.map((each) => stop(each).catch(fail)));
    await withDeadline(stopped, { what: "Stopping", ms, clock }).catch(fail);
    return code;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const atMs = clock.monotonic();
    if (first === undefined) {
      first = { signal, atMs };
      void stopAll().then((code) => exit !== false && exit(code));
      return;
    }
    if (signal === first.signal && atMs - first.atMs < SAME_REQUEST_MS) return;
    if (exit !== false) return exit(128 + constants.signals[signal]);
    dispose();
    process.kill(process.pid, signal);
  };
  const dispose = (): void => {
    for (const signal of names) process.off(signal, onSignal);
  };
  for (const signal of names) process.on(signal, onSignal);
  return { [Symbol.dispose]: dispose };
}

const OPTION_NAMES: readonly string[] = [
  "signals",
  "timeoutMs",
  "exit",
  "onError",
  "clock",
] satisfies readonly (keyof StopOnSignalsOptions)[];

function assertSignals(signals: readonly string[]): void {
  const unknown = signals.filter((signal) => !Object.hasOwn(constants.signals, signal));
  if (unknown.length > 0) {
    throw invalid(`signals must be names such as "SIGTERM"; there is no ${unknown.join(", ")}`);
  }
  const deaf = signals.filter((signal) => signal === "SIGKILL" || signal === "SIGSTOP");
  if (deaf.length > 0) throw invalid(`No program can hear ${deaf.join(", ")}`);
}

// As they are now: an array may get others before the signal comes.
function assertStoppable(supervisors: Stoppable | readonly Stoppable[]): void {
  const given: unknown = supervisors;
  if (Array.isArray(given)) return;
  if (typeof given === "object" && given !== null && "stop" in given) return;
  throw invalid("stopOnSignals needs a supervisor, or an array of them");
}

function invalid(words: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", words);
}

// A `stop` that throws where it should reject is one that fails.
async function stop(one: Stoppable): Promise<void> {
  await one.stop();
}

function endProcess(code: number): void {
  process.exit(code);
}
