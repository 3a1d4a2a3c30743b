import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ProgramRun {
  readonly code: number | null;
  /** What ended it instead, `SIGTERM` when it ran out of time. */
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** How long it may run, in milliseconds. @defaultValue `50_000` */
  readonly limitMs?: number;
}

const root = join(import.meta.dirname, "../../../..");

/** A file in `test/programs`. */
export function programFile(name: string): string {
  return join(import.meta.dirname, "../programs", name);
}

/** Runs Node to its end. */
export function runNode(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const { env = process.env, cwd = root, limitMs = 50_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, timeout: limitMs });
    const text = { out: "", error: "" };
    child.stdout.on("data", (chunk: Buffer) => (text.out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (text.error += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...text }));
  });
}

/** The flags with which Node runs the workspace's sources. */
export const FROM_SOURCES: readonly string[] = ["--conditions=@motte/source", "--import", "tsx"];

/** Runs vitest on one file in `test/programs`, to its end. */
export function runVitest(file: string, options: ProgramOptions = {}): Promise<ProgramRun> {
  const vitest = new URL("vitest.mjs", import.meta.resolve("vitest/package.json"));
  const flags = ["--config", programFile("vitest.config.ts"), "--no-color"];
  return runNode([fileURLToPath(vitest), "run", ...flags, file], options);
}
