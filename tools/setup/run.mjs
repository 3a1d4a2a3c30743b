// Runs a command quietly: its output goes to a log that is shown only when the command fails.
import { spawn } from "node:child_process";
import { setPriority } from "node:os";

const SECOND = 1_000;
const KEPT_LINES = 40;
// With more it would not be done before what it gives way to.
const NICENESS = 5;

/** @param {number} startedAt */
const seconds = (startedAt) => `${((performance.now() - startedAt) / SECOND).toFixed(1)} s`;

/**
 * Runs a command, prints a line when it starts, one every ten seconds while it runs and one when it is done.
 *
 * @param {string} title what is being done, for people
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean, beside?: boolean }} [options] `beside` something that matters more: with
 *   less of the processor, and without a line every ten seconds
 * @returns {Promise<boolean>} whether it succeeded
 */
export async function run(title, command, args, options = {}) {
  const startedAt = performance.now();
  process.stdout.write(`· ${title} …\n`);
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
  if (options.beside === true && child.pid !== undefined) giveWay(child.pid);
  /** @type {string[]} */
  let output = [];
  const keep = (/** @type {Buffer} */ chunk) => {
    output = [...output, ...chunk.toString().split("\n")].slice(-400);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ticker = setInterval(() => {
    if (options.beside !== true) {
      process.stdout.write(`  still at it after ${seconds(startedAt)}\n`);
    }
  }, 10 * SECOND);
  const failure = await new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? undefined : `exit ${signal ?? code}`),
    );
  });
  clearInterval(ticker);
  if (failure === undefined) {
    process.stdout.write(`✓ ${title} (${seconds(startedAt)})\n`);
    return true;
  }
  if (options.quiet !== true) {
    process.stdout.write(`✗ ${title}: ${failure} after ${seconds(startedAt)}. Its last lines:\n`);
    const lines = output.filter((line) => line.trim() !== "").slice(-KEPT_LINES);
    for (const line of lines) process.stdout.write(`    ${line}\n`);
  }
  return false;
}

/** @param {number} pid */
function giveWay(pid) {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // It has ended already, or this user may not: then it runs as everything else does.
  }
}

/**
 * Runs a command with its output shown as it comes.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code
 */
export function show(command, args, options = {}) {
  const child = spawn(command, args, {
    stdio: "inherit",
    env: { ...process.env, ...options.env },
  });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stdout.write(`✗ ${command}: ${error.message}\n`);
      resolve(1);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}
