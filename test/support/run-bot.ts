import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./bot.ts";

export interface BotRunOptions {
  /** What `motte run` is told. */
  readonly options?: readonly string[];
  /** What follows `--`. */
  readonly program: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A `motte run` in a process of its own, and what it and its program print. */
export interface BotRun extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly out: readonly string[];
  readonly error: readonly string[];
  /** The first line of either stream that suits, past or to come. */
  prints(pattern: RegExp): Promise<string>;
  /** Resolves with the exit code of `motte`, when all it started has closed its streams. */
  readonly exitCode: Promise<number | null>;
}

const bin = fileURLToPath(new URL("../../packages/cli/bin/motte.js", import.meta.url));

/** A program of a user's in `test/cli/programs`. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../cli/programs/${name}`, import.meta.url));
}

export function motteRun({ options = [], program: line, cwd, env = {} }: BotRunOptions): BotRun {
  const child = spawn(process.execPath, [bin, "run", ...options, "--", ...line], {
    cwd,
    env: { ...process.env, NODE_ENV: "test", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = { out: [] as string[], error: [] as string[] };
  const watchers = new Set<() => void>();
  for (const [name, stream] of [["out", child.stdout] as const, ["error", child.stderr] as const]) {
    createInterface({ input: stream }).on("line", (text) => {
      lines[name].push(text);
      for (const look of watchers) look();
    });
  }
  const exitCode = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    ...lines,
    exitCode,
    prints: (pattern) =>
      within(
        `A line like ${pattern}`,
        new Promise((resolve) => {
          const look = (): void => {
            const found = [...lines.out, ...lines.error].find((text) => pattern.test(text));
            if (found === undefined) return;
            watchers.delete(look);
            resolve(found);
          };
          watchers.add(look);
          look();
        }),
      ),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exitCode;
    },
  };
}
