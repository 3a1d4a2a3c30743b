// Our defaults and the loops of other systems against the same scripts, on a clock that no time passes on:
//   pnpm bench:reconnect [--write]
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../machine.ts";
import { chart } from "./chart.ts";
import { type ChurnResult, churn, churnGoals } from "./churn/churn.ts";
import { checkGoals } from "./goals.ts";
import { writeIntoReadme } from "./readme.ts";
import { sideBySide } from "./side-by-side.ts";
import { tables } from "./table.ts";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

const { values: options } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const about = machine();
const day = churn();
const { figures, variants } = await sideBySide();
for (const table of tables(figures, variants)) print(`\n${table}`);
printChurn(day);
const goals = [...checkGoals(figures, variants), ...churnGoals(day)];
print("");
for (const { goal, measured, met, limit } of goals) {
  print(
    `${met ? "met   " : "MISSED"}  ${measured}  ${goal}${limit === undefined ? "" : ` (${limit})`}`,
  );
}
if (options.write) await write();

function printChurn({ sessions, hours, connects, wallMs, cpuMs, heapMib }: ChurnResult): void {
  const heap = heapMib.map((mib) => mib.toFixed(1)).join(", ");
  print(
    `\n${sessions} sessions over ${hours} hours: ${connects} connects in ${seconds(wallMs)} s, ${seconds(cpuMs)} s of CPU time`,
  );
  print(`heap after each quarter of the day: ${heap} MiB`);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

async function write(): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const json = JSON.stringify({ machine: about, goals, churn: day, figures, variants }, null, 2);
  await writeFile(join(RESULTS, "reconnect.json"), `${json}\n`);
  await writeFile(join(RESULTS, "reconnect.svg"), chart(figures));
  await writeIntoReadme(tables(figures, variants));
  print(`\nwritten to ${RESULTS} and to the README of the package`);
}
