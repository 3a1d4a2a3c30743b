import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { UsageError, hasCode } from "@motte/core/errors";

/** Shells say 128 and the number of the signal for a program that one ended. */
const SIGNAL_BASE = 128;
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// Windows has neither process groups nor, for such a process, our terminal.
const ownGroup = process.platform !== "win32";

/**
 * A program that has our input and output to itself, with all that it starts.
 *
 * It leads a process group: what npm or a shell starts would outlive a signal that only they get. That keeps Ctrl-C
 * from reaching it twice, too.
 */
export class Program implements Disposable {
  /** Resolves with the exit code; rejects with a `UsageError` when the program cannot be started. */
  readonly exitCode: Promise<number>;
  readonly #child: ChildProcess;
  readonly #passOn = new Map<NodeJS.Signals, () => void>();

  constructor([command = "", ...args]: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(command, args, { env, stdio: "inherit", detached: ownGroup });
    this.exitCode = new Promise((resolve, reject) => {
      this.#child.once("error", (cause) => reject(cannotStart(command, cause)));
      this.#child.once("exit", (code, signal) =>
        resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])),
      );
    });
    for (const signal of PASSED_ON) {
      const listener = (): void => this.#signal(signal);
      this.#passOn.set(signal, listener);
      process.on(signal, listener);
    }
  }

  stop(): void {
    this.#signal("SIGTERM");
  }

  /** Stops what the program has left running. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#passOn) process.off(signal, listener);
    this.stop();
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || (!ownGroup && this.#child.exitCode !== null)) return;
    try {
      process.kill(ownGroup ? -pid : pid, signal);
    } catch (error) {
      // All of it has ended.
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }
}

function cannotStart(command: string, cause: Error): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `motte run cannot start "${command}" (${cause.message}): give a program and its arguments after --`,
    { cause },
  );
}
