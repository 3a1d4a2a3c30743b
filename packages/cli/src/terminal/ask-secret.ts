import { once } from "node:events";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "@motte/core/errors";
import { Interrupted } from "../interrupted.ts";
import type { CommandContext } from "../command.ts";

type Asking = Pick<CommandContext, "input" | "output" | "report" | "signal">;

/** Whether somebody sits at a terminal: reads what is asked there, and can answer it. Never with `--json`. */
export function canAsk({ input, output, report }: Omit<Asking, "signal">): boolean {
  const answers = "isTTY" in input && input.isTTY === true;
  // Questions go to the error output, which has such a line where it is a terminal.
  return answers && output.live !== undefined && !report.json;
}

/**
 * Asks for a secret, of which nothing is shown while it is typed.
 *
 * Throws a `UsageError` when nothing is typed, and the reason of `signal` when that aborts; Ctrl-C is the same as SIGINT. The
 * terminal is as it was afterwards, however it ends.
 */
export async function askSecret(question: string, context: Asking): Promise<string> {
  const secret = await typedSecret(question, context);
  if (secret !== undefined && secret !== "") return secret;
  throw nothingTyped();
}

/** What is asked for when a secret is made. */
interface NewSecret {
  /** What two of them are called. */
  readonly plural: string;
  /** Whether an empty line is an answer, too. */
  readonly mayBeEmpty?: boolean;
}

/** Asks for a secret that is new, twice. Throws as `askSecret`, and a `UsageError` when the two differ. */
export async function askNewSecret(
  question: string,
  { plural, mayBeEmpty = false }: NewSecret,
  context: Asking,
): Promise<string> {
  const secret = await typedSecret(question, context);
  if (secret === undefined || (secret === "" && !mayBeEmpty)) throw nothingTyped();
  if (secret === "" || secret === (await askSecret("The same again", context))) return secret;
  throw new UsageError("USAGE_INVALID_OPTION", `The two ${plural} differ, so nothing was done`);
}

/** The line that is typed; `undefined` for Ctrl-D, the end of the input. */
async function typedSecret(
  question: string,
  { input, output, signal }: Asking,
): Promise<string | undefined> {
  // Reading a terminal by itself, key by key, is what keeps it from showing them.
  const lines = createInterface({ input, output: nowhere(), terminal: true, historySize: 0 });
  output.error(`${question} (not shown while you type):`);
  const interrupted = new AbortController();
  lines.once("SIGINT", () => interrupted.abort(new Interrupted("Interrupted by SIGINT")));
  const stop = AbortSignal.any([signal, interrupted.signal]);
  try {
    const answered = once(lines, "line", { signal: stop }).then(([line]) => String(line));
    const ended = once(lines, "close", { signal: stop }).then(() => undefined);
    return await Promise.race([answered, ended]);
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function nothingTyped(): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", "Nothing was typed, so nothing was done");
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
