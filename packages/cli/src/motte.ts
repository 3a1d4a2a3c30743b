import { UsageError, hasCode } from "@motte/core/errors";
import { type Command, type CommandContext, parseOptions } from "./command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { overview, page } from "./help.ts";

const isHelp = (argument: string | undefined): boolean =>
  argument === "--help" || argument === "-h";

/** Runs `motte <args>` and returns the exit code. Errors become one line on the error output. */
export async function motte(
  args: readonly string[],
  commands: readonly Command[],
  context: CommandContext,
): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || isHelp(name)) {
    for (const line of overview(commands)) context.output.out(line);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const known = commands.map((candidate) => candidate.name).join(", ");
    context.output.error(`motte has no command "${name}"; it has ${known} (motte --help)`);
    return EXIT.usage;
  }
  if (rest.some(isHelp)) {
    for (const line of page(command)) context.output.out(line);
    return EXIT.ok;
  }
  try {
    return await command.run(parseOptions(command, rest), context);
  } catch (error) {
    context.output.error(sentence(error));
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  }
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || hasCode(error, "MOCK_PORT_IN_USE");
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
