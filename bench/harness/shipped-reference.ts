// The ratios that `motte bench` shows beside those of the user's machine.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../packages/cli/src/bench/environment.ts";
import type { Figure } from "../../packages/cli/src/bench/figure.ts";

// As the formatter has it, so that what is written needs nobody to look after it.
const WIDTH = 100;
const AREAS = new URL("../../packages/cli/src/bench/", import.meta.url);

/** Writes our ratios into the sources of one area of `motte bench`. `writtenBy` is the area of `pnpm bench`. */
export async function shipReference(
  area: string,
  writtenBy: string,
  figures: readonly Figure[],
  environment: Environment,
): Promise<void> {
  const file = fileURLToPath(new URL(`${area}/reference.ts`, AREAS));
  await writeFile(file, source(writtenBy, figures, environment));
}

function source(writtenBy: string, figures: readonly Figure[], environment: Environment): string {
  const ratios = new Map<string, string[]>();
  for (const { kind, role, referenceOf, value } of figures) {
    if (kind !== "ratio" || role !== "ours" || referenceOf === undefined) continue;
    const [side, operation] = referenceOf;
    const line = `      ${keyed(operation)}: ${Number(value.toPrecision(3))},`;
    ratios.set(side, [...(ratios.get(side) ?? []), line]);
  }
  const { cpu, cores, node, sqlite, fileSystem, loadAverage } = environment;
  const measuredOn = `${cpu}, ${cores} cores, Node ${node}, SQLite ${sqlite}, ${fileSystem}, load ${loadAverage}`;
  const text = JSON.stringify(measuredOn);
  const oneLine = `  measuredOn: ${text},`;
  return [
    `import type { Reference } from "../reference.ts";`,
    ``,
    `// Written by \`pnpm bench ${writtenBy} --write\`.`,
    `export const REFERENCE: Reference = {`,
    ...(oneLine.length <= WIDTH ? [oneLine] : [`  measuredOn:`, `    ${text},`]),
    `  ratios: {`,
    ...[...ratios].flatMap(([side, lines]) => [`    ${keyed(side)}: {`, ...lines, `    },`]),
    `  },`,
    `};`,
    ``,
  ].join("\n");
}

/** A name as a key of an object. */
function keyed(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
