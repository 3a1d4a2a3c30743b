import { UsageError, hasCode } from "@motte/core/errors";
import { type Command, type CommandContext, parseOptions, splitProgram } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import { overview, page } from "./help.ts";

const isHelp = (argument: string | undefined): boolean =>
  argument === "--help" || argument === "-h";

/** Runs `motte <args>` and returns the exit code. Errors become one line on the error output. */
export async function motte(
  args: readonly string[],
  commands: readonly Command[],
  context: Omit<CommandContext, "program">,
): Promise<number> {
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
  const end = rest.indexOf("--");
  if (rest.slice(0, end === -1 ? undefined : end).some(isHelp)) {
    for (const line of page(command)) context.output.out(line);
    return EXIT.ok;
  }
  try {
    const { options, program } = splitProgram(command, rest);
    return await command.run(parseOptions(command, options), { ...context, program });
  } catch (error) {
    context.output.error(sentence(error));
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  }
}

/** Errors of the mock server that are about how `motte` was called. */
const USAGE_CODES = ["MOCK_PORT_IN_USE", "MOCK_IN_PRODUCTION"];

function isUsage(error: unknown): boolean {
  return USAGE_CODES.some((code) => hasCode(error, code)) || error instanceof UsageError;
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
