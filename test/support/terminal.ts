import { spawn } from "node:child_process";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { motteFile } from "./run-motte.ts";

// A machine that does much else at once starts a process slowly.
const PATIENCE_MS = 100_000;
// ECMA-48 control sequences, and what a terminal adds to a line's end.
const CONTROLS = new RegExp(`${String.fromCodePoint(0x1b)}\\[[0-9;?]*[A-Za-z]|\\r`, "g");

/** A shell command at a terminal of its own, 80 columns wide, at which a test types. */
export interface Terminal extends AsyncDisposable {
  /** All that stands on it so far, without control sequences. */
  readonly screen: string;
  /** Resolves once something like this stands on it, after what the calls before have found. */
  shows(pattern: RegExp): Promise<string>;
  type(keys: string): void;
  /** Resolves with the exit code of the command. */
  ended(): Promise<number | null>;
}

export interface TerminalOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly columns?: number;
}

/** What a shell takes for `motte` with these arguments. */
export function motteInShell(args: readonly string[]): string {
  return [process.execPath, motteFile, ...args].map((word) => `'${word}'`).join(" ");
}

/** Runs a shell command under script(1) of util-linux, which gives it a terminal. */
export function terminal(command: string, options: TerminalOptions = {}): Terminal {
  const { env = {}, columns = 80 } = options;
  const sized = `stty cols ${columns} rows 40; ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", sized, "/dev/null"], {
    env: { ...process.env, SHELL: "/bin/sh", ...env },
  });
  let raw = "";
  let read = 0;
  const watchers = new Set<() => void>();
  const screen = (): string => raw.replaceAll(CONTROLS, "");
  child.stdout.on("data", (chunk: Buffer) => {
    raw += chunk.toString();
    for (const look of watchers) look();
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    get screen() {
      return screen();
    },
    shows: (pattern) =>
      withDeadline(
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = pattern.exec(screen().slice(read));
            if (found === null) return;
            watchers.delete(look);
            read += found.index + found[0].length;
            resolve(found[0]);
          };
          watchers.add(look);
          look();
          void closed.then((code) =>
            reject(new Error(`The terminal ended with ${code}:\n${screen()}`)),
          );
        }),
        { what: `Something like ${pattern}`, ms: PATIENCE_MS, clock: systemClock },
      ),
    type: (keys) => void child.stdin.write(keys),
    ended: () =>
      withDeadline(closed, { what: "The end of the command", ms: PATIENCE_MS, clock: systemClock }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await closed;
    },
  };
}
