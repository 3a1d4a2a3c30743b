// What the mock server costs, beside what its clients cost anyway:
//   pnpm bench:mock-server [--only <scenario>] [--profile <folder>] [--write]
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../machine.ts";
import { chart } from "./chart.ts";
import { type Scenario, type ScenarioResult, shown, verdict } from "./figures.ts";
import { faultsOff } from "./faults-off.ts";
import { idle } from "./idle.ts";
import { loginStorm } from "./login-storm.ts";
import { pairing } from "./pairing.ts";
import { relay } from "./relay.ts";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  pairing,
  relay,
  faultsOff,
  idle,
  loginStorm,
};

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    profile: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
// The processes of the bench take these over.
if (options.profile !== undefined) {
  process.execArgv.push("--cpu-prof", `--cpu-prof-dir=${options.profile}`);
}
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const about = machine();
const results: ScenarioResult[] = [];
for (const [name, run] of Object.entries(SCENARIOS)) {
  if (options.only !== undefined && options.only !== name) continue;
  const result = await run();
  results.push(result);
  printResult(result);
}
print(
  `\nload of the machine before and after: ${about["loadAverage"]}, ${loadavg()[0]?.toFixed(1)}`,
);
if (options.write) await write();

function printResult({ title, figures, goal }: ScenarioResult): void {
  print(`\n${title}`);
  for (const { name, value, unit } of figures) {
    print(`  ${shown(value).padStart(9)} ${unit.padEnd(9)} ${name}`);
  }
  if (goal !== undefined) print(`  ${verdict(goal)}`);
}

async function write(): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const json = JSON.stringify({ machine: about, scenarios: results }, null, 2);
  await writeFile(`${RESULTS}mock-server.json`, `${json}\n`);
  const { node, cpu, cores, loadAverage } = about;
  const title = `Node ${node}, ${cpu}, ${cores} cores, load average ${loadAverage}`;
  await writeFile(`${RESULTS}mock-server.svg`, chart(results, title));
  print(`written to ${RESULTS}`);
}
