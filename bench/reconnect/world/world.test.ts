import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";
import { World } from "./world.ts";

describe("an event queue", () => {
  it("gives out what is planned by time, and what is planned for the same time in the order of planning", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat({ max: 5 }), fc.constant("take"))), (steps) => {
        const queue = new EventQueue();
        let model: { atMs: number; id: number }[] = [];
        const taken: number[] = [];
        const expected: number[] = [];
        const take = (): void => {
          queue.take()?.run();
          const [next] = model.toSorted((a, b) => a.atMs - b.atMs || a.id - b.id);
          if (next === undefined) return;
          expected.push(next.id);
          model = model.filter(({ id }) => id !== next.id);
        };
        for (const [id, step] of steps.entries()) {
          if (typeof step === "number") {
            queue.add(step, () => taken.push(id));
            model.push({ atMs: step, id });
          } else take();
        }
        while (model.length > 0) take();
        expect(taken).toEqual(expected);
        expect(queue.nextAtMs).toBeUndefined();
      }),
    );
  });
});

describe("a world", () => {
  it("lets happen what is due, and moves to where it was told to", () => {
    const world = new World();
    const seen: (readonly [string, number])[] = [];
    const note = (what: string) => () => void seen.push([what, world.now()]);
    world.after(10, note("first"));
    world.after(20, note("second"));
    world.after(15, note("cancelled"))[Symbol.dispose]();
    world.run(15);

    expect([world.now(), seen]).toEqual([15, [["first", 10]]]);
  });

  it("moves at least a millisecond for any delay, so that nothing waits for ever without waiting", () => {
    const world = new World();
    world.run(2 ** 40);
    let firedAtMs = 0;
    world.after(1e-6, () => (firedAtMs = world.now()));
    world.run(2 ** 40 + 5);

    expect(firedAtMs).toBe(2 ** 40 + 1);
  });

  it("waits after each event until everybody who awaits it has gone on", async () => {
    const world = new World();
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        await world.sleep(10);
        seen.push(world.now());
      }
    };
    void walk();
    await world.runSettling(25);

    expect(seen).toEqual([10, 20]);
  });
});
