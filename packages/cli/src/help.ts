import { type Command, optionsOf, usageOf } from "./command.ts";
import { wrap } from "./terminal/wrap.ts";

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
    ...wrap(`      ${about}`, "      "),
  ]);
  return [
    ...wrap(`motte ${command.name}: ${command.summary}`, "  "),
    "",
    `Usage: ${usageOf(command)}`,
    ...(command.details === undefined ? [] : ["", ...flowing(command.details)]),
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
  const indent = " ".repeat(2 + width + 2);
  return rows.flatMap(([left, right]) => wrap(`  ${left.padEnd(width)}  ${right}`, indent));
}

// Lines that begin with a blank stand for themselves, with what goes on under their second column; others are one text.
function flowing(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const before = texts.at(-1);
    if (before === undefined || before.startsWith(" ") || line.startsWith(" ")) texts.push(line);
    else texts[texts.length - 1] = `${before} ${line}`;
  }
  return texts.flatMap((text) => {
    const [columns = ""] = /^ +\S+(?: \S+)* {2,}/.exec(text) ?? [];
    return wrap(text, " ".repeat(columns.length));
  });
}
