import { seededRandom } from "@motte/core/random";
import type { Scene } from "../../src/chaos/repertoire.ts";

const SAMPLES = 3_000;
const MOST_LISTED = 4;

/** What chaos picks from, as the README lists it: the fault, its weight, how many occasions it may skip, what is drawn. */
export function repertoireTable(repertoire: readonly Scene[]): string {
  const rows = repertoire.map(
    ({ fault, weight, maxSkip, settings }) =>
      `| \`${fault}\` | ${weight} | ${maxSkip} | ${settings === undefined ? "" : drawn(settings)} |`,
  );
  return ["| fault | weight | skips up to | settings |", "| - | - | - | - |", ...rows].join("\n");
}

/** Every setting with the values it takes, found by drawing often. */
function drawn(settings: NonNullable<Scene["settings"]>): string {
  const random = seededRandom("what a scene may draw");
  const seen = new Map<string, Set<string>>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const [name, value] of Object.entries(settings(random))) {
      seen.set(name, (seen.get(name) ?? new Set()).add(JSON.stringify(value)));
    }
  }
  return [...seen].map(([name, values]) => `\`${name}\`: ${valuesOf([...values])}`).join("; ");
}

function valuesOf(values: readonly string[]): string {
  const numbers = values.map(Number);
  if (values.length > MOST_LISTED && !numbers.some(Number.isNaN)) {
    return `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
  }
  return values
    .toSorted()
    .map((value) => `\`${value}\``)
    .join(", ");
}
