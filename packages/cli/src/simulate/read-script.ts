import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { UsageError, hasCode } from "@motte/core/errors";
import { type ScriptStep, explain } from "@motte/reconnect";
import { durationMs } from "../terminal/duration.ts";

/**
 * Reads the script of a simulation: `-` for the standard input, the name of a file, or the steps themselves.
 *
 * Steps are JSON, or text with one step a line or between semicolons: `[<count>x] [+<time>] <step> [<what>]`.
 */
export async function readScript(
  given: string,
  input: NodeJS.ReadableStream,
): Promise<readonly ScriptStep[]> {
  const source = given === "-" ? await readAll(input) : await contentOf(given);
  return source.trimStart().startsWith("[") ? fromJson(source) : fromText(source);
}

async function contentOf(given: string): Promise<string> {
  try {
    return await readFile(given, "utf8");
  } catch (cause) {
    // The steps themselves are no file.
    if (hasCode(cause, "ENOENT") || hasCode(cause, "ENAMETOOLONG")) return given;
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The script ${given} cannot be read: name a file that this user may read`,
      { cause },
    );
  }
}

function fromJson(source: string): readonly ScriptStep[] {
  let steps: unknown;
  try {
    steps = JSON.parse(source);
  } catch (cause) {
    throw new UsageError("USAGE_INVALID_OPTION", "The script is no valid JSON", { cause });
  }
  // `simulate` looks at what is in a step and says which one is wrong.
  if (Array.isArray(steps) && steps.every(isStep)) return steps;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    'The script must be a list of steps, such as [{ "do": "close", "because": "socket-closed" }]',
  );
}

function isStep(step: unknown): step is ScriptStep {
  return typeof step === "object" && step !== null && "do" in step && typeof step.do === "string";
}

function fromText(source: string): readonly ScriptStep[] {
  const lines = source
    .split(/[;\n]/)
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
  return lines.flatMap((line) => stepsOf(line));
}

function stepsOf(line: string): readonly ScriptStep[] {
  const words = line.split(/\s+/);
  const count = /^(\d{1,6})x$/.exec(words[0] ?? "")?.[1];
  if (count !== undefined) words.shift();
  const after = words[0]?.startsWith("+") === true ? durationMs(words.shift()?.slice(1) ?? "") : 0;
  return Array.from({ length: Number(count ?? 1) }, () => stepOf(words, after, line));
}

function stepOf(words: readonly string[], afterMs: number, line: string): ScriptStep {
  const [name = "", what = "", ...rest] = words;
  if (rest.length > 0) throw wrong(line);
  switch (name) {
    case "open":
    case "qr":
    case "paired":
    case "crash":
    case "online":
    case "offline":
    case "stop":
      if (what !== "") throw wrong(line);
      return { do: name, afterMs };
    case "pass":
      return { do: "pass", afterMs: afterMs + durationMs(what) };
    case "resume":
      if (what !== "" && what !== "force") throw wrong(line);
      return { do: "resume", force: what === "force", afterMs };
    case "close":
      return { do: "close", because: causeOf(what, line), afterMs };
    case "ownership":
      if (what !== "mine" && what !== "theirs" && what !== "unknown") throw wrong(line);
      return { do: "ownership", verdict: what, afterMs };
    case "version":
      if (what !== "changed" && what !== "same") throw wrong(line);
      return { do: "version", changed: what === "changed", afterMs };
    default:
      throw wrong(line);
  }
}

/** A cause by its name, or the usual one of a number. */
function causeOf(what: string, line: string) {
  const [usual] = explain(what).causes;
  if (usual === undefined || (usual.cause === "unknown" && what !== "unknown")) throw wrong(line);
  return usual.cause;
}

function wrong(line: string): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `"${line}" is neither a file nor a step: write open, close <cause or number>, qr, paired, pass <time>, resume [force], crash, online, offline, ownership <mine|theirs|unknown>, version <changed|same> or stop`,
  );
}
