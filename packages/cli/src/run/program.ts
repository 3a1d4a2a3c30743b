import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { UsageError } from "@motte/core/errors";

/** Shells say 128 and the number of the signal for a program that one ended. */
const SIGNAL_BASE = 128;
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A program that has the terminal to itself, as if it had been started without us. */
export class Program implements Disposable {
  /** Resolves with the exit code; rejects with a `UsageError` when the program cannot be started. */
  readonly exitCode: Promise<number>;
  readonly #child: ChildProcess;
  readonly #passOn = new Map<NodeJS.Signals, () => void>();

  constructor([command = "", ...args]: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(command, args, { env, stdio: "inherit" });
    this.exitCode = new Promise((resolve, reject) => {
      this.#child.once("error", (cause) => reject(cannotStart(command, cause)));
      this.#child.once("exit", (code, signal) =>
        resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])),
      );
    });
    for (const signal of PASSED_ON) {
      const listener = (): void => this.#hear(signal);
      this.#passOn.set(signal, listener);
      process.on(signal, listener);
    }
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#passOn) process.off(signal, listener);
  }

  #hear(signal: NodeJS.Signals): void {
    // Ctrl-C goes to everything in the terminal; programs take a second one as "stop at once".
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    this.#child.kill(signal);
  }
}

function cannotStart(command: string, cause: Error): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `motte run cannot start "${command}" (${cause.message}): give a program and its arguments after --`,
    { cause },
  );
}
