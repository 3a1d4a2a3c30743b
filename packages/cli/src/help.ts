import type { Command } from "./command.ts";

/** The page of `motte --help`. */
export function overview(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "motte: the ground that WhatsApp bots built on Baileys stand on",
    "",
    "Usage: motte <command> [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "motte <command> --help tells more. Not affiliated with WhatsApp or Meta.",
  ];
}

/** The page of `motte <command> --help`. */
export function page(command: Command): string[] {
  const rows = Object.entries(command.options).map(([name, { value, help }]) => ({
    flag: value === undefined ? `--${name}` : `--${name} <${value}>`,
    help,
  }));
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  return [
    `motte ${command.name}: ${command.summary}`,
    ...(command.program === undefined
      ? []
      : ["", `Usage: motte ${command.name} [options] ${command.program}`]),
    ...(command.details === undefined ? [] : ["", ...command.details]),
    "",
    "Options:",
    ...rows.map(({ flag, help }) => `  ${flag.padEnd(width)}  ${help}`),
  ];
}
