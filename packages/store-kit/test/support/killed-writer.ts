import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/**
 * Runs a program, which says a number after each write, until it is killed at `killAt`. Answers the last
 * number it said.
 */
export async function lastSaidBeforeSigkill(
  program: URL,
  args: readonly string[],
  killAt: number,
): Promise<number> {
  const file = fileURLToPath(program);
  const child = spawn(
    process.execPath,
    ["--no-warnings", "--import", tsx, "--conditions=@motte/source", file, ...args],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exit = once(child, "exit");
  let last = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === killAt) child.kill("SIGKILL");
  }
  const [, signal]: readonly unknown[] = await exit;
  if (signal !== "SIGKILL") throw new Error(`${file} ended by itself at ${last}`);
  return last;
}
