import { type FleetLaw, LIMITS, fleetLaw } from "./fleet-world.ts";

/** In any stretch of time an egress lets in no more than its rate allows, and a burst. */
export const aFleetKeepsItsRate: FleetLaw = fleetLaw(
  "a fleet lets in no more than rate and burst allow",
  async (world, script) => {
    for (const step of script) await world.play(step);
    await world.letAllIn();

    for (const key of ["home", "proxy"]) {
      const times = world.granted
        .filter((each) => each.key === key)
        .map(({ grantedAtMs = 0 }) => grantedAtMs);
      for (const [from, startMs] of times.entries()) {
        for (const [later, endMs] of times.slice(from).entries()) {
          const allowed = LIMITS.burst + ((endMs - startMs) / 1_000) * LIMITS.ratePerSecond;
          if (later + 1 > allowed + 1e-6) {
            throw new Error(`${later + 1} grants on ${key} in ${endMs - startMs} ms`);
          }
        }
      }
    }
  },
);
