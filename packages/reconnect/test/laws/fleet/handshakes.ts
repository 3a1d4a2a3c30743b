import { type FleetLaw, LIMITS, fleetLaw } from "./fleet-world.ts";

/** Never too many connects at once; every request comes to one end; what is released is free again. */
export const aFleetBoundsHandshakes: FleetLaw = fleetLaw(
  "a fleet never has too many under way, and every request comes to one end",
  async (world, script) => {
    const check = (): void => {
      const { underWay } = world;
      if (underWay.length > LIMITS.maxHandshakes) {
        throw new Error(`${underWay.length} connects at once`);
      }
      const told = world.fleet.snapshot().underWay;
      if (told !== underWay.length) {
        throw new Error(`It counts ${told} connects instead of ${underWay.length}`);
      }
    };
    for (const step of script) {
      await world.play(step);
      check();
    }
    await world.letAllIn();
    check();

    const odd = world.asked.filter(({ settledTimes }) => settledTimes !== 1);
    if (odd.length > 0) throw new Error(`${odd.length} requests did not come to one end`);
    const { granted, released, waiting } = world.fleet.snapshot();
    const ended = released.opened + released.failed + released.aborted;
    if (ended !== granted) throw new Error(`${granted} granted and ${ended} released`);
    const left = Object.values(waiting).some((count) => count > 0);
    if (left) throw new Error("Somebody waits although nobody is there");
  },
);
