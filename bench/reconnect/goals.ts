// What we want of ourselves, beside what was simulated. A goal that is missed is printed, not hidden.
import type { Figures } from "./figures.ts";

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
  /** Why it cannot be reached, as far as this run shows. */
  readonly limit?: string;
}

const OURS = "this package";
/** The policy's default budget. */
const MOST_IN_AN_HOUR = 60;
/** The fleet's default bucket: no second holds more than a full one and what drips in meanwhile. */
const BURST = 10;
const RATE_PER_SECOND = 5;

export function checkGoals(all: readonly Figures[], variants: readonly Figures[]): Goal[] {
  const ours = all.filter(({ loop }) => loop === OURS);
  const lost = ours.reduce((sum, each) => sum + each.lost, 0);
  const mostInAnHour = Math.max(...ours.map((each) => each.mostInAnHour));
  const peak = ours.find(({ script }) => script === "herd")?.mostInASecond ?? Number.NaN;
  return [
    { goal: "credentials lost: none", measured: String(lost), met: lost === 0 },
    {
      goal: `attempts of a bot in any hour: at most ${MOST_IN_AN_HOUR}`,
      measured: String(mostInAnHour),
      met: mostInAnHour <= MOST_IN_AN_HOUR,
    },
    {
      goal: `attempts of the herd in any second: within the bucket, at most ${BURST + RATE_PER_SECOND}`,
      measured: String(peak),
      met: peak <= BURST + RATE_PER_SECOND,
    },
    ...outageGoals(
      all.filter(({ script }) => script === "outage"),
      variants.filter(({ script }) => script === "outage"),
    ),
  ];
}

function outageGoals(outage: readonly Figures[], variants: readonly Figures[]): Goal[] {
  const ours = recoveryOf(outage.find(({ loop }) => loop === OURS));
  const others = outage.filter(({ of }) => of !== OURS);
  const patient = others.filter((each) => each.mostInAnHour <= MOST_IN_AN_HOUR);
  const limit = `attempts spread evenly over an hour, ${MOST_IN_AN_HOUR} of them, recover after ${HOUR_S / MOST_IN_AN_HOUR / 2} s at best`;
  return [
    recoverySoon("the best of them", ours, best(others), limit),
    recoverySoon(`the best of those with at most ${MOST_IN_AN_HOUR} an hour`, ours, best(patient)),
    recoverySoon("the best of them, when told of the network", best(variants), best(others)),
  ];
}

const HOUR_S = 3_600;

function recoverySoon(than: string, oursMs: number, bestMs: number, limit?: string): Goal {
  const goal: Goal = {
    goal: `recovery from the outage, median: at most twice that of ${than}`,
    measured: `${seconds(oursMs)}, ${seconds(bestMs)}`,
    met: oursMs <= 2 * bestMs,
  };
  return goal.met || limit === undefined ? goal : { ...goal, limit };
}

function best(all: readonly Figures[]): number {
  return Math.min(...all.map((each) => recoveryOf(each)));
}

function recoveryOf(figures: Figures | undefined): number {
  return figures?.recovery?.medianMs ?? Infinity;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
