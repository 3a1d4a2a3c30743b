import type { Output } from "./output.ts";
import type { Report } from "./report.ts";

/** One option of a command, as `--help` shows it. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  /** What stands for the value in the help: `--port <number>`. */
  readonly value?: string;
  /** What it means when it is given without a value, for a text that may be left out: `--qr` for `--qr=terminal`. */
  readonly bare?: string;
  readonly help: string;
  /** Whether it may be given more than once. */
  readonly multiple?: boolean;
}

/** One word that a command takes besides its options, by its place. */
interface CommandArgument {
  readonly name: string;
  readonly help: string;
  /** Whether it may be left out. Only those at the end may. */
  readonly optional?: boolean;
  /** Whether it may be given more than once. Only the last may. */
  readonly many?: boolean;
}

/** A call of a command that works as it stands, and what it is for. */
interface Example {
  /** What follows `motte <name>`. */
  readonly call: string;
  readonly about: string;
}

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly string[] | undefined>
>;

export interface CommandContext {
  readonly output: Output;
  /** How results are told: as lines, or as JSON with `--json`. */
  readonly report: Report;
  /** Lines typed or piped in. */
  readonly input: NodeJS.ReadableStream;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The words besides the options, as many as `Command.arguments` allows. */
  readonly words: readonly string[];
  /** What follows `--`; nothing for a command that starts no program. */
  readonly program: readonly string[];
}

/** One verb of `motte`. A new command is one file and one line in `commands/index.ts`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Longer text under the summary in `motte <name> --help`. */
  readonly details?: readonly string[];
  readonly arguments?: readonly CommandArgument[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** At least one. */
  readonly examples: readonly Example[];
  /** What the help shows after the options, for a command that starts a program: it then has to be given. */
  readonly program?: string;
  /** Whether the program may be left out all the same. */
  readonly programIsOptional?: boolean;
  /** Resolves with the exit code: one of `EXIT`, or that of the program. */
  run(values: OptionValues, context: CommandContext): Promise<number>;
}

/** What every command understands. */
const COMMON_OPTIONS: Readonly<Record<string, CommandOption>> = {
  json: { type: "boolean", help: "print results as JSON: one document, or one line for each" },
};

/** The options of a command with those that all have. A command may word a common one for itself. */
export function optionsOf(command: Command): Readonly<Record<string, CommandOption>> {
  return { ...COMMON_OPTIONS, ...command.options };
}

/** How a command is called, without its options: `motte migrate <from> <to>`. */
export function usageOf(command: Command): string {
  const words = (command.arguments ?? []).map(({ name, optional, many }) => {
    const word = many === true ? `${name}…` : name;
    return optional === true ? `[${word}]` : `<${word}>`;
  });
  const program = command.program === undefined ? [] : [command.program];
  return ["motte", command.name, ...words, "[options]", ...program].join(" ");
}
