import { type FleetLaw, fleetLaw } from "./fleet-world.ts";

const URGENCY = ["pairing", "restart", "reconnect", "boot", "probe"];

/** On one egress nobody is let in before somebody who is more urgent, or as urgent and came first. */
export const aFleetIsFair: FleetLaw = fleetLaw(
  "a fleet serves the urgent first, and of these the first to come",
  async (world, script) => {
    const violations: string[] = [];
    world.onGrant = (granted) => {
      for (const other of world.waiting) {
        if (other === granted || other.key !== granted.key) continue;
        const ahead = URGENCY.indexOf(granted.lane) - URGENCY.indexOf(other.lane);
        if (ahead > 0) violations.push(`${granted.lane} before ${other.lane}`);
        if (ahead === 0 && other.number < granted.number) violations.push("past an earlier one");
      }
    };
    for (const step of script) await world.play(step);
    await world.letAllIn();

    if (violations.length > 0) throw new Error(violations.join(", "));
    const starved = world.waiting.length;
    if (starved > 0) throw new Error(`${starved} were never let in`);
  },
);
