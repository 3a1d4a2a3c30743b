import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { UsageError } from "@motte/core/errors";
import type { CommandContext } from "../command.ts";

/**
 * Asks a person whether to go on; nothing but `y` or `yes` means it. Throws a `UsageError` where nobody can be asked,
 * and the reason of `signal` when that aborts.
 */
export async function confirm(
  question: string,
  { input, output, report, signal }: Pick<CommandContext, "input" | "output" | "report" | "signal">,
): Promise<boolean> {
  const asks = "isTTY" in input && input.isTTY === true && !report.json;
  if (!asks) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${question} Nobody can be asked here: add --yes if that is what you want`,
    );
  }
  output.error(`${question} (y/N)`);
  const lines = createInterface({ input });
  try {
    // At the end of the input, Ctrl-D, readline closes and never answers.
    const ended = once(lines, "close", { signal }).then(() => "");
    const answer = await Promise.race([lines.question("", { signal }), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
