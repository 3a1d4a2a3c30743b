import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "@motte/core/errors";
import { type Command, type OptionValues, optionsOf, usageOf } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";

/** What a command is called with. */
export interface CommandCall {
  readonly values: OptionValues;
  readonly words: readonly string[];
  readonly program: readonly string[];
}

/** Reads the arguments of one command. What it does not know is a `UsageError` that says what it knows. */
export function readArguments(command: Command, args: readonly string[]): CommandCall {
  const { own, program } = splitProgram(command, args);
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { type, multiple = false }] of Object.entries(optionsOf(command))) {
    options[name] = { type, multiple };
  }
  const { values, positionals } = parse(command, withBareValues(command, own), options);
  assertProgram(command, program);
  assertWords(command, positionals);
  return { values: valuesOf(values), words: positionals, program };
}

function parse(
  command: Command,
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [reason = error.message] = error.message.split(/\. To specify|\n/);
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(
      "USAGE_UNKNOWN_OPTION",
      `motte ${command.name}: ${reason}${hintFor(reason, args, known)}; its options are ${known.join(", ")} (motte ${command.name} --help)`,
      { cause: error },
    );
  }
}

/** What may have been meant by the option that `parseArgs` complains of. */
function hintFor(reason: string, args: readonly string[], known: readonly string[]): string {
  const [, dashes = "", word = ""] = /'(--?)([^'=\s]+)/.exec(reason) ?? [];
  if (dashes === "" || known.includes(dashes + word)) return "";
  // Behind a single dash, parseArgs reads each letter as an option: of `-port` it complains of `-p`.
  const long = dashes === "--" ? word : args.find((arg) => arg.startsWith(`-${word}`))?.slice(1);
  const name = `--${long?.split("=", 1)[0] ?? ""}`;
  if (name.length < 4) return "";
  if (known.includes(name)) return `; did you mean "${name}"?`;
  // What every command understands, and what only motte itself does.
  const hint = didYouMean(name, [...known, "--help", "--version"]);
  return hint.replace('"--version"', '"motte --version"');
}

// parseArgs has no options whose value may be left out.
function withBareValues(command: Command, args: readonly string[]): readonly string[] {
  return args.map((arg) => {
    const bare = arg.startsWith("--") ? optionsOf(command)[arg.slice(2)]?.bare : undefined;
    return bare === undefined ? arg : `${arg}=${bare}`;
  });
}

// No switch of ours may be given more than once, so a list holds texts.
function valuesOf(values: ReturnType<typeof parseArgs>["values"]): OptionValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.filter((one) => typeof one === "string") : value,
    ]),
  );
}

function assertWords(command: Command, words: readonly string[]): void {
  const expected = command.arguments ?? [];
  const missing = expected.slice(words.length).find(({ optional }) => optional !== true);
  if (missing !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte ${command.name} needs <${missing.name}>, ${missing.help}: ${usageOf(command)}`,
    );
  }
  const tooMany = words[expected.length];
  if (tooMany === undefined || expected.at(-1)?.many === true) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `motte ${command.name} does not know what to do with "${tooMany}": ${usageOf(command)}`,
  );
}

/** Parts the arguments of a command from the program it is to start, when it starts one. */
function splitProgram(
  command: Command,
  args: readonly string[],
): { readonly own: readonly string[]; readonly program: readonly string[] } {
  const at = args.indexOf("--");
  const program = at === -1 ? [] : args.slice(at + 1);
  if (at !== -1 && command.program === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", `motte ${command.name} starts no program`);
  }
  return { own: at === -1 ? args : args.slice(0, at), program };
}

function assertProgram(command: Command, program: readonly string[]): void {
  const isNeeded = command.program !== undefined && command.programIsOptional !== true;
  if (program.length > 0 || !isNeeded) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `motte ${command.name} starts a program: ${usageOf(command)}`,
  );
}
