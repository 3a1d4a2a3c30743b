import { optionsOf } from "../command.ts";
import { type CompletionScript, quoted } from "./script.ts";

/** Commands and options with what they do. */
export const fish: CompletionScript = (commands) => {
  const lines = commands.flatMap((command) => [
    `complete -c motte -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...Object.entries(optionsOf(command)).map(([name, { value, help }]) => {
      const takes = value === undefined ? "" : " -r";
      const when = quoted(`__fish_seen_subcommand_from ${command.name}`);
      return `complete -c motte -n ${when} -l ${name}${takes} -d ${quoted(help)}`;
    }),
  ]);
  const names = commands.map(({ name }) => name).join(" ");
  return [
    ...lines,
    `complete -c motte -n '__fish_seen_subcommand_from help' -f -a ${quoted(names)}`,
    "complete -c motte -n __fish_use_subcommand -s h -l help -d 'Tell more'",
    "complete -c motte -n __fish_use_subcommand -s v -l version -d 'Say which motte this is'",
    "",
  ].join("\n");
};
