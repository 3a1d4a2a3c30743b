import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { withDeadline } from "@motte/core/deadline";
import { bundled } from "../../../../test/support/bundled.ts";

const ROOT = new URL("../../", import.meta.url);

/** How a program ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of `test/programs` in a process of its own, and the lines it prints. */
export interface RunningProgram extends AsyncDisposable {
  readonly lines: readonly string[];
  readonly ended: Promise<Exit>;
  /** Waits until it has printed this line. */
  prints(line: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function startProgram(name: string, ...args: string[]): RunningProgram {
  const file = bundled(new URL(`../programs/${name}`, import.meta.url), ROOT);
  const child: ChildProcess = spawn(process.execPath, [file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  if (child.stdout === null) throw new Error("the program has no standard output");
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of watchers) look();
  });
  const ended = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const printed = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.includes(line)) resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended after: ${lines.join(" | ")}`)));
    });
  return {
    lines,
    ended,
    prints: (line) => withDeadline(printed(line), { what: `Printing "${line}"`, ms: 60_000 }),
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
