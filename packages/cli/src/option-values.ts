import { UsageError } from "@motte/core/errors";
import type { OptionValues } from "./command.ts";

/** The value of a text option, or `undefined` when it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of a text option that may be given more than once, in order. */
export function textOptions(values: OptionValues, name: string): readonly string[] {
  const value = values[name];
  return typeof value === "object" ? value : [];
}

/** The value of an option that must be a whole number. */
export function numberOption(values: OptionValues, name: string): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError("USAGE_INVALID_OPTION", `--${name} must be a whole number, not "${text}"`);
}

const LAST_PORT = 65_535;

/** The port that `--port` names. */
export function portOption(values: OptionValues): number | undefined {
  const port = numberOption(values, "port");
  if (port === undefined || port <= LAST_PORT) return port;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `--port must be a whole number from 0 to ${LAST_PORT}, not ${port}: for example --port 8484`,
  );
}

/** Whether a switch was given. */
export function isGiven(values: OptionValues, name: string): boolean {
  return values[name] === true;
}

/** The value of an option that must be one of a few words. */
export function choiceOption<const Choice extends string>(
  values: OptionValues,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `--${name} must be ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}, not "${text}"`,
  );
}
