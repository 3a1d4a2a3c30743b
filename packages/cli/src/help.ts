import { type Command, optionsOf, usageOf } from "./command.ts";

/** The page of `motte --help`. */
export function overview(commands: readonly Command[]): string[] {
  return [
    "motte: the ground that WhatsApp bots built on Baileys stand on",
    "",
    "Usage: motte <command> [options]",
    "",
    ...table(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Every command takes --help, and --json to print its results for programs.",
    "motte --version says which motte this is. Not affiliated with WhatsApp or Meta.",
  ];
}

/** The page of `motte <command> --help`. */
export function page(command: Command): string[] {
  const words = (command.arguments ?? []).map(({ name, help }) => [`<${name}>`, help] as const);
  const options = Object.entries(optionsOf(command)).map(
    ([name, { value, bare, help }]) => [`--${name}${shownValue(value, bare)}`, help] as const,
  );
  const examples = command.examples.flatMap(({ call, about }) => [
    `  motte ${command.name}${call === "" ? "" : ` ${call}`}`,
    `      ${about}`,
  ]);
  return [
    `motte ${command.name}: ${command.summary}`,
    "",
    `Usage: ${usageOf(command)}`,
    ...(command.details === undefined ? [] : ["", ...command.details]),
    ...(words.length === 0 ? [] : ["", "Arguments:", ...table(words)]),
    "",
    "Options:",
    ...table(options),
    "",
    "Examples:",
    ...examples,
  ];
}

function shownValue(value: string | undefined, bare: string | undefined): string {
  if (value === undefined) return "";
  return bare === undefined ? ` <${value}>` : `[=${value}]`;
}

function table(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
