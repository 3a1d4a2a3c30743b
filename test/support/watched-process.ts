import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";

export interface WatchedProcessOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How long a line, or the end, may take. @defaultValue 100 000, in milliseconds */
  readonly patienceMs?: number;
}

/** A process whose lines can be waited for. Killed when disposed, unless it has ended by itself. */
export interface WatchedProcess extends AsyncDisposable {
  /** All lines of both streams so far, and those of standard output. */
  readonly lines: readonly string[];
  readonly out: readonly string[];
  /** The first line of either stream that suits, past or to come. Rejects when the process ends without it. */
  prints(pattern: RegExp): Promise<string>;
  type(line: string): void;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, when it has ended; `null` when a signal ended it. */
  ended(): Promise<number | null>;
}

export function watchProcess(
  command: string,
  args: readonly string[],
  { cwd, env = process.env, patienceMs = 100_000 }: WatchedProcessOptions,
): WatchedProcess {
  const child: ChildProcess = spawn(command, args, { cwd, env, stdio: "pipe", detached: true });
  const lines: string[] = [];
  const out: string[] = [];
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) throw new Error("the streams are pipes");
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (stream === child.stdout) out.push(line);
      for (const look of watchers) look();
    });
  }
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  let over = false;
  child.once("close", () => (over = true));
  const find = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((line) => pattern.test(line));
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      closed.then(
        () => reject(new Error(`ended without ${String(pattern)}:\n${lines.join("\n")}`)),
        reject,
      );
      look();
    });
  const patiently = <T>(what: string, work: Promise<T>): Promise<T> =>
    withDeadline(work, { what, ms: patienceMs, clock: systemClock });
  return {
    lines,
    out,
    prints: (pattern) => patiently(`A line like ${String(pattern)}`, find(pattern)),
    type: (line) => void child.stdin?.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    ended: () => patiently(`The end of ${command} ${args.join(" ")}`, closed),
    async [Symbol.asyncDispose]() {
      // With all it has started: npx would leave its program behind, and the streams open.
      if (!over && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await closed;
    },
  };
}
