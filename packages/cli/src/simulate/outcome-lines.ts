import type { SimulationResult } from "@motte/reconnect";
import { durationWords } from "../terminal/duration.ts";
import { wrap } from "../terminal/wrap.ts";
import type { Outcome } from "./compare.ts";

// More than people read; --json has them all.
const MOST_LINES = 200;

/** The timeline of one policy, with its name above when there are more. */
export function outcomeLines(
  policy: string,
  { lines, leftOut, cutOff }: SimulationResult,
  named: boolean,
): readonly string[] {
  const shown = lines.slice(0, MOST_LINES).flatMap((line) => wrap(line, indentOf(line)));
  const more = lines.length - MOST_LINES;
  return [
    ...(named ? [`${policy}:`] : []),
    ...shown,
    ...(more > 0 ? [`and ${more} more lines (--json shows all)`] : []),
    ...(leftOut > 0 ? [`${leftOut} steps left out: nothing connected any more`] : []),
    ...(cutOff ? ["cut off: the script is longer than a simulation"] : []),
    ...(named ? [""] : []),
  ];
}

/** One line for each of several policies. */
export function summaryLines(outcomes: readonly Outcome[]): readonly string[] {
  if (outcomes.length < 2) return [];
  const width = Math.max(...outcomes.map(({ policy }) => policy.length));
  return outcomes.map(({ policy, result: { connects, elapsedMs, state } }) => {
    const connected = `${connects} connect${connects === 1 ? "" : "s"}`.padEnd(12);
    const elapsed = durationWords(elapsedMs);
    return `${policy.padEnd(width)}  ${connected} in ${elapsed.padEnd(10)} ends ${state.phase}`;
  });
}

// Under the words, behind the time.
function indentOf(line: string): string {
  return " ".repeat(line.search(/\S\s\s\S/) + 3);
}
