import { UsageError } from "@motte/core/errors";
import type { Command, CommandContext } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { overview, page } from "./help.ts";
import { causeOfEnd } from "./interrupted.ts";
import { readArguments } from "./read-arguments.ts";
import { Report } from "./report.ts";
import { version } from "./version.ts";

type Surroundings = Pick<CommandContext, "output" | "input" | "signal">;

const isHelp = (argument: string | undefined): boolean =>
  argument === "--help" || argument === "-h";

/** Runs `motte <args>` and returns the exit code. Errors become one line on the error output. */
export async function motte(
  args: readonly string[],
  commands: readonly Command[],
  surroundings: Surroundings,
): Promise<number> {
  const { output } = surroundings;
  const report = new Report(output, ownPart(args).includes("--json"));
  try {
    return await dispatch(args, commands, { ...surroundings, report });
  } catch (thrown) {
    const error = causeOfEnd(thrown, surroundings.signal);
    report.failed(error);
    return exitCodeOf(error);
  }
}

async function dispatch(
  args: readonly string[],
  commands: readonly Command[],
  context: Surroundings & { readonly report: Report },
): Promise<number> {
  const [name, ...rest] = args;
  const { report } = context;
  // Already read, wherever it stands.
  if (name === "--json") return dispatch(rest, commands, context);
  if (name === undefined || isHelp(name) || (name === "help" && rest.length === 0)) {
    report.show(summaries(commands), overview(commands));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version" || name === "-v") {
    report.show({ version: version() }, [version()]);
    return EXIT.ok;
  }
  if (name === "help") return dispatch([...rest, "--help"], commands, context);
  const command = find(name, commands);
  if (ownPart(rest).some(isHelp)) {
    report.show(description(command), page(command));
    return EXIT.ok;
  }
  const { values, words, program } = readArguments(command, rest);
  return command.run(values, { ...context, words, program });
}

/** What is meant for `motte` itself, and not for the program it starts. */
function ownPart(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end === -1 ? args : args.slice(0, end);
}

function find(name: string, commands: readonly Command[]): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  if (name.startsWith("-")) throw unknownOption(name, commands);
  const names = commands.map((candidate) => candidate.name);
  throw new UsageError(
    "USAGE_UNKNOWN_OPTION",
    `motte has no command "${name}"${didYouMean(name, names)}; it has ${names.join(", ")} (motte --help)`,
  );
}

function unknownOption(typed: string, commands: readonly Command[]): UsageError {
  const [given = ""] = typed.split("=", 1);
  const name = given.replace(/^-+/, "");
  const owner = commands.find((command) => Object.hasOwn(command.options, name));
  const own = ["--help", "--version", "--json"];
  const meant =
    name.length === 1
      ? ["-h", "-v"].find((short) => short === given.toLowerCase())
      : own.find((option) => option === `--${name}`);
  const hint = meant === undefined ? didYouMean(`--${name}`, own) : `; did you mean "${meant}"?`;
  const rest =
    owner === undefined
      ? `${hint}; it has ${own.join(", ")} and a command`
      : ` of its own: it goes behind the command, such as motte ${owner.name} --${name}`;
  return new UsageError(
    "USAGE_UNKNOWN_OPTION",
    `motte has no option "${given}"${rest} (motte --help)`,
  );
}

function summaries(commands: readonly Command[]) {
  return { commands: commands.map(({ name, summary }) => ({ name, summary })) };
}

function description({ name, summary, arguments: words = [], options, examples }: Command) {
  return {
    name,
    summary,
    arguments: words.map((word) => ({ ...word })),
    options: Object.entries(options).map(([option, { type, value, help }]) => ({
      name: option,
      type,
      value,
      help,
    })),
    examples: examples.map(({ call, about }) => ({ call: `motte ${name} ${call}`.trim(), about })),
  };
}
