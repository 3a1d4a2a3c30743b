import type { DisconnectCause } from "@motte/reconnect";
import { type FleetLaw, type Asked, LIMITS, fleetLaw } from "./fleet-world.ts";

const SHARED: readonly DisconnectCause[] = ["service-unavailable", "client-outdated"];

interface Model {
  readonly hits: Map<string, number>;
  open: boolean;
  canary: Asked | undefined;
}

/** While a trouble is everybody's, at most one account at a time finds out whether it is over. */
export const aFleetSendsOneCanary: FleetLaw = fleetLaw(
  "in a fleet one account tries for all while the trouble is everybody's",
  async (world, script) => {
    const models = new Map(
      SHARED.map((cause): [string, Model] => [
        cause,
        { hits: new Map(), open: false, canary: undefined },
      ]),
    );
    const violations: string[] = [];
    world.onGrant = (asked) => {
      for (const [cause, model] of models) {
        if (!model.open) continue;
        if (model.canary !== undefined) violations.push(`two canaries for ${cause}`);
        model.canary = asked;
      }
    };
    world.onEnd = ({ asked, id, outcome, cause }) => {
      for (const [name, model] of models) {
        if (model.open && asked !== undefined && model.canary === asked) {
          model.canary = undefined;
          if (outcome === "opened") model.open = false;
          continue;
        }
        if (cause === name) hit(model, id, world.clock.monotonic());
      }
    };
    for (const step of script) {
      await world.play(step);
      const open = new Set(world.fleet.snapshot().breakers.map(({ name }) => name));
      for (const [cause, model] of models) {
        if (open.has(cause) !== model.open) {
          violations.push(`${cause} is ${model.open ? "not " : ""}taken for everybody's`);
        }
      }
      if (violations.length > 0) throw new Error(violations.join(", "));
    }
    await world.letAllIn();
    if (violations.length > 0) throw new Error(violations.join(", "));
    const stuck = world.fleet.snapshot().breakers.length > 0 && world.waiting.length > 0;
    if (stuck) throw new Error("A breaker never closed");
  },
);

function hit(model: Model, id: string, nowMs: number): void {
  if (model.open) return;
  for (const [each, atMs] of model.hits) {
    if (nowMs - atMs >= LIMITS.breaker.windowMs) model.hits.delete(each);
  }
  model.hits.set(id, nowMs);
  if (model.hits.size < LIMITS.breaker.accounts) return;
  model.open = true;
  model.canary = undefined;
  model.hits.clear();
}
