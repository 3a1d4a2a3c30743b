import type { Command } from "../command.ts";

/** Writes the completion script of one shell. */
export type CompletionScript = (commands: readonly Command[]) => string;

/** A word for a shell script, whatever it holds. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
