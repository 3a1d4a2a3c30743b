import { describe, expect, it } from "vitest";
import * as reconnect from "@motte/reconnect";
import type { Law, Runs, Subject } from "../laws/law.ts";
import { laws } from "../laws/laws.ts";
import { mutations } from "./catalogue.ts";
import { plant } from "./plant.ts";
import { Sources } from "./sources.ts";

// Always the same histories, so that a mistake which is noticed today is noticed tomorrow.
const RUNS: Runs = { seed: 20_250_707, numRuns: 200, endOnFailure: true };

const sources = await Sources.read();

async function objection({ check }: Law, subject: Subject, runs: Runs = RUNS): Promise<unknown> {
  try {
    await check(subject, runs);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** As many histories as it took to object, the same ones: the law's own test is for all the others. */
function runsUpTo(found: unknown): Runs {
  const [, count] = /Property failed after (\d+) tests/.exec(String(found)) ?? [];
  return count === undefined ? RUNS : { ...RUNS, numRuns: Number(count) };
}

it("every law has a mutation", () => {
  const covered = new Set(mutations.map(({ law }) => law.name));

  expect(laws.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
});

it("a mutation of a text that is no longer there says so", async () => {
  const gone = { file: "engine/reduce.ts", from: "what nobody wrote", to: "" };
  const planted = plant(sources, gone, () => "used");

  await expect(planted).rejects.toThrow("0 times in src/engine/reduce.ts, not once");
});

describe("the law", () => {
  it.each(mutations.map((mutation) => [mutation.law.name, mutation] as const))(
    "%s",
    async (_name, { law, ...mutation }) => {
      const mutated = await plant(sources, mutation, (subject) => objection(law, subject));
      expect(mutated, `Nobody noticed in src/${mutation.file}: ${mutation.to}`).toBeDefined();

      const asItIs = await objection(law, reconnect, runsUpTo(mutated));
      expect(asItIs, "The law does not hold for the source as it is: mend that first").toBe(
        undefined,
      );
    },
  );
});
