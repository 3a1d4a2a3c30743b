import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { systemClock } from "@motte/core/clock";
import { UsageError, hasCode } from "@motte/core/errors";

/** Shells say 128 and the number of the signal for a program that one ended. */
const SIGNAL_BASE = 128;
// Whatever a terminal or a supervisor would send to all of a job: the program is no part of ours.
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** How long a program may take to end once it is told to, and what it has left running after that. */
const STOP_MS = 5_000;
const LEFT_OVER_MS = 1_000;
const LOOK_EVERY_MS = 20;

// Windows has neither process groups nor, for such a process, our terminal.
const ownGroup = process.platform !== "win32";

/**
 * A program that has our input and output to itself, with all that it starts.
 *
 * It leads a process group: what npm or a shell starts would outlive a signal that only they get. That keeps Ctrl-C
 * from reaching it twice, too.
 */
export class Program implements AsyncDisposable {
  /** Resolves with the exit code; rejects with a `UsageError` when the program cannot be started. */
  readonly exitCode: Promise<number>;
  readonly #child: ChildProcess;
  readonly #passOn = new Map<NodeJS.Signals, () => void>();

  constructor([command = "", ...args]: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = start(command, args, env);
    this.exitCode = new Promise((resolve, reject) => {
      this.#child.once("error", (cause) => reject(cannotStart(command, cause)));
      this.#child.once("exit", (code, signal) =>
        resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])),
      );
    });
    for (const signal of PASSED_ON) {
      const listener = (): void => void this.#signal(signal);
      this.#passOn.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** Ends the program, whether it wants to or not. Resolves with whether it had to be killed. */
  async stop(): Promise<boolean> {
    this.#signal("SIGTERM");
    if (await this.#isGone(STOP_MS, () => this.#hasEnded)) return false;
    this.#signal("SIGKILL");
    await this.exitCode;
    return true;
  }

  /** Stops what the program has left running. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [signal, listener] of this.#passOn) process.off(signal, listener);
    if (!this.#signal("SIGTERM")) return;
    const isGone = await this.#isGone(LEFT_OVER_MS, () => !this.#signal(0));
    if (!isGone) this.#signal("SIGKILL");
  }

  get #hasEnded(): boolean {
    const { exitCode, signalCode, pid } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async #isGone(limitMs: number, look: () => boolean): Promise<boolean> {
    const deadline = systemClock.monotonic() + limitMs;
    while (!look()) {
      if (systemClock.monotonic() > deadline) return false;
      await systemClock.sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  /** False when there is nobody left to get it. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    if (pid === undefined || (!ownGroup && this.#hasEnded)) return false;
    try {
      return process.kill(ownGroup ? -pid : pid, signal);
    } catch (error) {
      // All of it has ended.
      if (!hasCode(error, "ESRCH")) throw error;
      return false;
    }
  }
}

function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  try {
    return spawn(command, args, { env, stdio: "inherit", detached: ownGroup });
  } catch (error) {
    // An empty name, or more arguments than the system takes.
    throw error instanceof Error ? cannotStart(command, error) : error;
  }
}

function cannotStart(command: string, cause: Error): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `motte run cannot start "${command}" (${cause.message}): give a program and its arguments after --`,
    { cause },
  );
}
