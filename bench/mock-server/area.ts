// What the mock server costs, beside what its clients cost anyway.
import type { Figure as AreaFigure, Role } from "../../packages/cli/src/bench/figure.ts";
import { summarized } from "../../packages/cli/src/bench/statistics.ts";
import type { Area, AreaContext } from "../harness/area.ts";
import { chart } from "./chart.ts";
import { faultsOff } from "./faults-off.ts";
import { type Scenario, type ScenarioResult, shown, verdict } from "./figures.ts";
import { idle } from "./idle.ts";
import { loginStorm } from "./login-storm.ts";
import { pairing } from "./pairing.ts";
import { relay } from "./relay.ts";

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  pairing,
  relay,
  faultsOff,
  idle,
  loginStorm,
};
// The others take a minute each, or more.
const QUICK: readonly string[] = ["pairing", "relay", "faultsOff"];

export const mockServer: Area = {
  name: "mock-server",
  title: "Mock server",
  about:
    "CPU time and memory of the server beside those of its clients, each in a process of its own. Ratios are within a run.",
  durability: "nothing is written to a disk",
  benches: Object.keys(SCENARIOS),
  async run({ mode, only, print, environment }) {
    const results: ScenarioResult[] = [];
    for (const [name, run] of Object.entries(SCENARIOS)) {
      const isLeftOut = mode === "quick" && !QUICK.includes(name);
      if (only === undefined ? isLeftOut : only !== name) continue;
      const result = await run(mode);
      results.push(result);
      printResult(result, print);
    }
    const { node, cpu, cores, loadAverage } = environment;
    const title = `Node ${node}, ${cpu}, ${cores} cores, load average ${loadAverage}`;
    return {
      figures: results.flatMap(figuresOf),
      detail: { scenarios: results },
      svg: chart(results, title),
    };
  },
};

function printResult({ title, figures, goal }: ScenarioResult, print: AreaContext["print"]): void {
  print(`\n${title}`);
  for (const { name, value, unit } of figures) {
    print(`  ${shown(value).padStart(9)} ${unit.padEnd(9)} ${name}`);
  }
  if (goal !== undefined) print(`  ${verdict(goal)}`);
}

function figuresOf({ title, figures, goal }: ScenarioResult): AreaFigure[] {
  // How many rounds there were is not what tells a figure from others.
  const group = title.replace(/ \(median of .*\)$/, "");
  const measured = figures.map(({ name, value, unit }): AreaFigure => {
    return {
      group,
      name,
      kind: "measure",
      unit,
      value,
      better: unit === "/s" ? "more" : "less",
      spread: 0,
      rounds: 1,
      role: roleOf(name),
    };
  });
  if (goal === undefined) return measured;
  const { what, measured: value, unit, atMost, rounds = [value] } = goal;
  const { spread } = summarized(rounds);
  const isRatio = unit === "x";
  return [
    {
      group,
      name: what,
      kind: isRatio ? "ratio" : "measure",
      unit,
      value,
      better: "less",
      spread,
      rounds: rounds.length,
      role: "ours",
      goal: atMost,
    },
    ...measured,
  ];
}

function roleOf(name: string): Role {
  if (/^the least|X25519 agreements alone|^one XEdDSA/.test(name)) return "limit";
  return /client|sender|receiver/.test(name) ? "other" : "ours";
}
