import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface MotteRun {
  readonly code: number | null;
  readonly out: readonly string[];
  readonly error: readonly string[];
}

export interface MotteOptions {
  readonly uid?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** The file of the built `motte`. */
export const motteFile: string = fileURLToPath(
  new URL("../../packages/cli/bin/motte.js", import.meta.url),
);

/** Starts the built `motte`, as a user would. */
export function startMotte(
  args: readonly string[],
  options: MotteOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [motteFile, ...args], options);
}

/** Runs the built `motte` to its end. */
export function runMotte(args: readonly string[], options: MotteOptions = {}): Promise<MotteRun> {
  return run(process.execPath, [motteFile, ...args], options);
}

/** Runs a program to its end, with no input. */
export async function run(
  command: string,
  args: readonly string[],
  options: MotteOptions = {},
): Promise<MotteRun> {
  const child = spawn(command, args, options);
  child.stdin.end();
  const text = { out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text.error += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out: lines(text.out), error: lines(text.error) };
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
