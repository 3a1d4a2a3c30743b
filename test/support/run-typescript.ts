import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { systemClock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import { compiled } from "./compiled.ts";

export interface TypeScriptProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it printed, line by line. */
  readonly lines: readonly string[];
  /** Resolves with the first line, past or to come, that suits. */
  prints(suits: (line: string) => boolean): Promise<string>;
  /** Resolves when it has ended, with how it was killed or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
}

/** Runs a program on the built packages, and kills it in the end. */
export function runTypeScript(
  file: URL,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): TypeScriptProcess {
  const program = compiled(file);
  const child = spawn(process.execPath, ["--no-warnings", program, ...args], {
    ...options,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const looks = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of looks) look();
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once("close", (code, signal) => resolve(signal ?? code)),
  );
  return {
    child,
    lines,
    ended,
    prints: (suits) =>
      withDeadline(
        new Promise<string>((resolve) => {
          const look = (): void => {
            const found = lines.find(suits);
            if (found === undefined) return;
            looks.delete(look);
            resolve(found);
          };
          looks.add(look);
          look();
        }),
        // A machine that does much else at once starts a process slowly.
        { what: `What ${program} prints`, ms: 100_000, clock: systemClock },
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
