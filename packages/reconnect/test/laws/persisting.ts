import assert from "node:assert/strict";
import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import * as fc from "fast-check";
import { FakeSocket } from "../support/fake-socket.ts";
import type { Law, Subject } from "./law.ts";

/** One process: how slow its saves are, which of them fail, and how long it lives. */
interface Life {
  readonly saveMs: number;
  readonly fails: number;
  readonly livesMs: number;
  readonly pauseMs: number;
}

const lives: fc.Arbitrary<Life[]> = fc.array(
  fc.record({
    saveMs: fc.constantFrom(0, 10, 700),
    fails: fc.constantFrom(0, 0, 1),
    livesMs: fc.constantFrom(0, 5, 20, 600, 3_000),
    pauseMs: fc.constantFrom(0, 1_000, 20_000),
  }),
  { minLength: 3, maxLength: 25, size: "max" },
);

const BUDGET = { max: 3, windowMs: 60_000 };

interface Call {
  /** When it was decided; the factory is called when that is kept. */
  readonly atMs: number;
  readonly generation: number;
  /** What was kept when the factory was called. */
  readonly kept: unknown;
}

/** Lets processes live and die, one after the other, on one store. Nothing of a dead one is heard any more. */
async function live({ supervise, constant }: Subject, all: readonly Life[]): Promise<Call[]> {
  const calls: Call[] = [];
  let kept: unknown;
  let nowMs = 1_700_000_000_000;
  for (const { saveMs, fails, livesMs, pauseMs } of all) {
    const clock = new ManualClock(nowMs);
    let alive = true;
    let failing = fails;
    const supervisor = supervise(
      ({ generation }) => {
        const atMs = supervisor.state.connects.at(-1) ?? Number.NaN;
        if (alive) calls.push({ atMs, generation, kept });
        const sock = new FakeSocket(() => Promise.resolve());
        // A connection that comes to nothing after a moment.
        clock.after(50, () => void sock.end(new Error("Connection was lost")));
        return sock;
      },
      {
        clock,
        random: seededRandom(1),
        liveness: false,
        policy: { backoff: constant(100), budget: BUDGET },
        state: {
          load: async () => kept,
          save: async (json) => {
            const text = JSON.stringify(json);
            if (saveMs > 0) await clock.sleep(saveMs);
            if (failing-- > 0) throw new Error("the disk is full");
            if (alive) kept = JSON.parse(text);
          },
        },
      },
    );
    supervisor.onInternalError(() => {});
    await supervisor.start();
    await clock.advance(livesMs);
    alive = false;
    nowMs = clock.now() + pauseMs;
  }
  return calls;
}

function overAnyLives(name: string, check: (calls: readonly Call[]) => void): Law {
  return {
    name,
    check: (subject, runs) =>
      fc.assert(
        fc.asyncProperty(lives, async (all) => check(await live(subject, all))),
        { ...runs, numRuns: Math.min(runs?.numRuns ?? 60, 60) },
      ),
  };
}

export const keptBeforeConnect: Law = overAnyLives(
  "a factory is called only when it is kept that it is",
  (calls) => {
    for (const { generation, kept } of calls) {
      assert.ok(typeof kept === "object" && kept !== null, "nothing was kept");
      assert.deepEqual(
        [Reflect.get(kept, "phase"), Reflect.get(kept, "generation")],
        ["connecting", generation],
      );
    }
  },
);

export const crashesAreNoWayRound: Law = overAnyLives(
  "processes that die at any moment connect no more often together than one may",
  (calls) => {
    for (const [from, { atMs }] of calls.entries()) {
      const later = calls[from + BUDGET.max];
      const apartMs = later === undefined ? Infinity : later.atMs - atMs;
      assert.ok(apartMs >= BUDGET.windowMs, `${BUDGET.max + 1} connects in ${apartMs} ms`);
    }
  },
);
