import * as fc from "fast-check";
import type { Law } from "../law.ts";
import { stories } from "./script.ts";
import { World } from "./world.ts";

/** A law of every story in every interleaving, looked at when all is over, and after each step where it says so. */
export function inEveryInterleaving(
  name: string,
  check: (world: World) => void,
  during?: (world: World) => void,
): Law {
  return {
    name,
    check: (subject, runs) =>
      fc.assert(
        fc.asyncProperty(fc.scheduler(), stories, async (scheduler, story) => {
          const world = new World(subject, scheduler, story);
          void world.supervisor.start();
          for (const [index, step] of story.steps.entries()) {
            if (index === story.stopAt) await world.do({ do: "stop" });
            await world.do(step);
            during?.(world);
          }
          await world.finish();
          check(world);
        }),
        { numRuns: 100, ...runs },
      ),
  };
}
