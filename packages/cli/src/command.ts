import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "@motte/core/errors";
import type { Output } from "./output.ts";

/** One option of a command, as `--help` shows it. */
interface CommandOption {
  readonly type: "string" | "boolean";
  /** What stands for the value in the help: `--port <number>`. */
  readonly value?: string;
  readonly help: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandContext {
  readonly output: Output;
  /** Lines typed or piped in. */
  readonly input: NodeJS.ReadableStream;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** What follows `--`; nothing for a command that starts no program. */
  readonly program: readonly string[];
}

/** One verb of `motte`. A new command is one file and one line in `commands/index.ts`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Longer text under the summary in `motte <name> --help`. */
  readonly details?: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** What the help shows after the options, for a command that starts a program: it then has to be given. */
  readonly program?: string;
  /** Resolves with the exit code: one of `EXIT`, or that of the program. */
  run(values: OptionValues, context: CommandContext): Promise<number>;
}

/** Reads the arguments of one command; anything it does not know is a `UsageError` that lists what it knows. */
export function parseOptions(command: Command, args: readonly string[]): OptionValues {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type };
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    return Object.fromEntries(
      Object.entries(values).filter(
        (entry): entry is [string, string | boolean] => !Array.isArray(entry[1]),
      ),
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [reason = error.message] = error.message.split(/\. To specify|\n/);
    const known = Object.keys(command.options).map((name) => `--${name}`);
    throw new UsageError(
      "USAGE_UNKNOWN_OPTION",
      `motte ${command.name}: ${reason}; its options are ${known.join(", ")} (motte ${command.name} --help)`,
      { cause: error },
    );
  }
}

/**
 * Parts the arguments of a command from the program it is to start. Throws a `UsageError` when there is one and the
 * command starts none, and when there is none and the command needs one.
 */
export function splitProgram(
  command: Command,
  args: readonly string[],
): { readonly options: readonly string[]; readonly program: readonly string[] } {
  const at = args.indexOf("--");
  const program = at === -1 ? [] : args.slice(at + 1);
  if (program.length === 0 && command.program !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte ${command.name} starts a program: motte ${command.name} [options] ${command.program}`,
    );
  }
  if (at !== -1 && command.program === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", `motte ${command.name} starts no program`);
  }
  return { options: at === -1 ? args : args.slice(0, at), program };
}

/** The value of a text option, or `undefined` when it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The value of an option that must be a whole number. */
export function numberOption(values: OptionValues, name: string): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `--${name} must be a whole number, not "${text}": for example --${name} 8080`,
  );
}
