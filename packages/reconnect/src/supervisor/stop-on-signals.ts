import { type Clock, systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { constants } from "node:os";

/** How a program ends when it is told to. */
export interface StopOnSignalsOptions {
  /** @defaultValue `["SIGINT", "SIGTERM"]` */
  readonly signals?: readonly NodeJS.Signals[];
  /** How long all of them together may take to stop, in milliseconds. @defaultValue `10_000` */
  readonly timeoutMs?: number;
  /**
   * Ends the process: with 0 when all have stopped, with 1 when one has not in time or not well, with 128 and the
   * signal's number at a second signal. With `false` the process ends by itself when it has nothing left to do, and a
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
  let stopping = false;

  const stopAll = async (): Promise<number> => {
    const all: readonly Stoppable[] = "stop" in supervisors ? [supervisors] : supervisors;
    let code = 0;
    const fail = (error: unknown): void => {
      code = 1;
      options.onError?.(error);
    };
    // One that fails keeps nobody from waiting for the others.
    const stopped = Promise.all(all.map((each) => each.stop().catch(fail)));
    await withDeadline(stopped, { what: "Stopping", ms, clock }).catch(fail);
    return code;
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!stopping) {
      stopping = true;
      if (exit === false) dispose();
      void stopAll().then((code) => exit !== false && exit(code));
    } else if (exit !== false) exit(128 + constants.signals[signal]);
  };
  const dispose = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  for (const signal of signals) process.on(signal, onSignal);
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
  if (unknown.length === 0) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `signals must be names such as "SIGTERM"; there is no ${unknown.join(", ")}`,
  );
}

function endProcess(code: number): void {
  process.exit(code);
}
