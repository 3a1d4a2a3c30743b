import { createInterface } from "node:readline";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { type MotteOptions, startMotte } from "./run-motte.ts";

// A machine that does much else at once starts a process slowly.
const PATIENCE_MS = 100_000;

/** A built `motte` that is running, whose lines can be waited for. */
export interface MotteProcess extends AsyncDisposable {
  readonly out: readonly string[];
  readonly error: readonly string[];
  /** The first line on standard output that suits, past or to come. */
  prints(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code; `null` for one that a signal ended. */
  ended(): Promise<number | null>;
}

export function motteProcess(args: readonly string[], options?: MotteOptions): MotteProcess {
  const child = startMotte(args, options);
  const out: string[] = [];
  const error: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    out.push(line);
    for (const look of watchers) look();
  });
  createInterface({ input: child.stderr }).on("line", (line) => error.push(line));
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    out,
    error,
    kill: (signal) => void child.kill(signal),
    ended: () =>
      withDeadline(closed, { what: "The end of motte", ms: PATIENCE_MS, clock: systemClock }),
    prints: (pattern) =>
      withDeadline(
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = out.find((line) => pattern.test(line));
            if (found === undefined) return;
            watchers.delete(look);
            resolve(found);
          };
          watchers.add(look);
          look();
          void closed.then((code) =>
            reject(new Error(`motte ended with ${code}:\n${[...out, ...error].join("\n")}`)),
          );
        }),
        { what: `A line like ${pattern}`, ms: PATIENCE_MS, clock: systemClock },
      ),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await closed;
    },
  };
}
