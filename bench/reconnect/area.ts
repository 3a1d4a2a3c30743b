// Our defaults and the loops of other systems against the same scripts, on a clock that no time passes on.
import type { Figure } from "../../packages/cli/src/bench/figure.ts";
import type { Area, AreaContext } from "../harness/area.ts";
import { chart } from "./chart.ts";
import { type ChurnResult, churn, churnGoals, growthOf } from "./churn/churn.ts";
import type { Figures } from "./figures.ts";
import { checkGoals } from "./goals.ts";
import { writeIntoReadme } from "./readme.ts";
import { scripts } from "./scripts/scripts.ts";
import { sideBySide } from "./side-by-side.ts";
import { tables } from "./table.ts";

const SESSIONS = { quick: 1_000, normal: 10_000, full: 10_000 };
const OURS = "this package";
const BUDGET = 60;
const [MOST_WALL_S, MOST_GROWTH] = [20, 1.1];

export const reconnect: Area = {
  name: "reconnect",
  title: "Reconnecting",
  about:
    "Our defaults and other systems' loops against the same scripts. Simulated, and the same on every machine; only the day of many sessions is measured.",
  durability: "nothing is written to a disk",
  benches: [],
  async run({ mode, print }) {
    const day = churn(SESSIONS[mode]);
    const { figures, variants } = await sideBySide();
    for (const table of tables(figures, variants)) print(`\n${table}`);
    printChurn(day, print);
    const goals = [...checkGoals(figures, variants), ...churnGoals(day)];
    print("");
    for (const { goal, measured, met, limit } of goals) {
      print(
        `${met ? "met   " : "MISSED"}  ${measured}  ${goal}${limit === undefined ? "" : ` (${limit})`}`,
      );
    }
    return {
      figures: [...figures.flatMap(simulated), ...churnFigures(day)],
      detail: { goals, churn: day, figures, variants },
      svg: chart(figures),
      write: () => writeIntoReadme(tables(figures, variants)),
    };
  },
};

function printChurn(
  { sessions, hours, connects, wallMs, cpuMs, heapMib }: ChurnResult,
  print: AreaContext["print"],
): void {
  const heap = heapMib.map((mib) => mib.toFixed(1)).join(", ");
  print(
    `\n${sessions} sessions over ${hours} hours: ${connects} connects in ${seconds(wallMs)} s, ${seconds(cpuMs)} s of CPU time`,
  );
  print(`heap after each quarter of the day: ${heap} MiB`);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

/** What a loop did in a script. These are no ratios to hold: a test holds them, to the last connect. */
function simulated({ loop, of, script, mostInAnHour, lost, recovery }: Figures): Figure[] {
  const title = scripts.find(({ name }) => name === script)?.title ?? script;
  const isOurs = of === OURS;
  const common = {
    name: isOurs ? "Motte" : loop,
    kind: "measure",
    better: "less",
    spread: 0,
    rounds: 1,
    role: isOurs ? "ours" : "other",
    ...(lost > 0 ? { note: "loses good credentials" } : {}),
  } as const;
  const connects: Figure = {
    ...common,
    group: `${title}: connects of a bot in its busiest hour`,
    unit: "",
    value: mostInAnHour,
    ...(isOurs && script !== "herd" ? { goal: BUDGET } : {}),
  };
  const ms = recovery?.medianMs ?? null;
  if (ms === null) return [connects];
  return [
    connects,
    { ...common, group: `${title}: median until back`, unit: "s", value: ms / 1_000 },
  ];
}

function churnFigures(day: ChurnResult): Figure[] {
  const group = `${day.sessions.toLocaleString("en")} sessions for a day`;
  const common = { group, better: "less", spread: 0, rounds: 1, role: "ours" } as const;
  return [
    {
      ...common,
      name: "heap in the second half of the day, beside noon",
      kind: "ratio",
      unit: "x",
      value: growthOf(day),
      goal: MOST_GROWTH,
    },
    {
      ...common,
      name: "to simulate it",
      kind: "measure",
      unit: "s",
      value: day.wallMs / 1_000,
      goal: MOST_WALL_S,
    },
    { ...common, name: "CPU time of that", kind: "measure", unit: "s", value: day.cpuMs / 1_000 },
  ];
}
