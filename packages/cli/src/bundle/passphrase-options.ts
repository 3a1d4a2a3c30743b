import { readFile } from "node:fs/promises";
import { UsageError } from "@motte/core/errors";
import type { CommandContext, CommandOption, OptionValues } from "../command.ts";
import { textOption } from "../option-values.ts";
import { askNewSecret, askSecret, canAsk } from "../terminal/ask-secret.ts";

/** The options that name the passphrase of a bundle. Never the passphrase itself: others see what is typed. */
export const passphraseOptions: Readonly<Record<string, CommandOption>> = {
  "passphrase-file": {
    type: "string",
    value: "path",
    help: "file whose first line is the passphrase of the bundle; else a terminal is asked",
  },
  "passphrase-env": {
    type: "string",
    value: "name",
    help: "environment variable with that passphrase",
  },
};

/** The passphrase of a bundle. Where it has to be typed, the first call asks for it. */
export type Passphrase = () => Promise<string>;

/**
 * The passphrase that was named, or that somebody will type at a terminal: `"new"`, twice. Throws a `UsageError` where there
 * is none and nobody can be asked.
 */
export async function passphraseOption(
  values: OptionValues,
  context: CommandContext,
  age: "new" | "known",
): Promise<Passphrase> {
  const file = textOption(values, "passphrase-file");
  const variable = textOption(values, "passphrase-env");
  if (file === undefined && variable === undefined && canAsk(context)) {
    let typed: Promise<string> | undefined;
    return () => (typed ??= typedPassphrase(context, age));
  }
  const passphrase = await namedPassphrase(file, variable);
  return async () => passphrase;
}

async function namedPassphrase(
  file: string | undefined,
  variable: string | undefined,
): Promise<string> {
  if ((file === undefined) === (variable === undefined)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "A bundle is encrypted: name its passphrase with either --passphrase-file or --passphrase-env",
    );
  }
  const passphrase =
    file === undefined ? fromEnvironment(variable ?? "") : firstLine(await read(file));
  if (passphrase !== "") return passphrase;
  const where = file === undefined ? `The environment variable ${variable}` : `The file ${file}`;
  throw new UsageError("USAGE_INVALID_OPTION", `${where} is empty: put the passphrase into it`);
}

function typedPassphrase(context: CommandContext, age: "new" | "known"): Promise<string> {
  const question = "Passphrase of the bundle";
  return age === "known"
    ? askSecret(question, context)
    : askNewSecret(question, { plural: "passphrases" }, context);
}

function fromEnvironment(name: string): string {
  const passphrase = process.env[name];
  if (passphrase !== undefined) return passphrase;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `The environment variable ${name} is not set: put the passphrase into it`,
  );
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The passphrase file ${path} cannot be read: name another, or give this user access`,
      { cause },
    );
  }
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
