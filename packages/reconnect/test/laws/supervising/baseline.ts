import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Law, Subject } from "../law.ts";
import type { Step } from "./script.ts";
import { World } from "./world.ts";

// Each ends with a connection that is lost and waits to be made again.
const cycle = fc
  .array(
    fc.constantFrom(
      "upgrade",
      "caught up",
      "qr",
      "frame",
      "message",
      "save",
      "buffer",
      "sleep",
      "ask",
    ),
    { maxLength: 6 },
  )
  .map((names): Step[] => names.map((name) => ({ do: name })));

/** What a supervisor with an open connection holds on to. */
interface Holdings {
  readonly timers: number;
  readonly listeners: number;
}

export const baseline: Law = {
  name: "listeners and timers are as many after any number of connections as with the first",
  check: (subject, runs) =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(cycle, { minLength: 1, maxLength: 8 }),
        async (scheduler, cycles) => {
          await keepsTo(subject, scheduler, cycles);
        },
      ),
      { numRuns: 60, ...runs },
    ),
};

async function keepsTo(
  subject: Subject,
  scheduler: fc.Scheduler,
  cycles: readonly Step[][],
): Promise<void> {
  const world = new World(subject, scheduler, {
    makings: [],
    steps: [],
    stopAt: Number.POSITIVE_INFINITY,
    saveFails: false,
  });
  void world.supervisor.start();
  const first = await openAndCount(world);
  for (const steps of cycles) {
    for (const step of steps) await world.do(step);
    await world.do({ do: "end", reason: "Connection was lost" });
    assert.deepEqual(await openAndCount(world), first);
  }
  for (const sock of world.sockets) if (!sock.alive) assert.equal(sock.ws.leftBehind, 0);
  await world.finish();
}

async function openAndCount(world: World): Promise<Holdings> {
  const opened = world.supervisor.state.generation;
  for (let i = 0; i < 100; i++) {
    await world.do({ do: "settle one" });
    const { sock, state } = world.supervisor;
    if (sock !== undefined && (state.generation > opened || opened === 1)) {
      await world.do({ do: "upgrade" });
      await world.do({ do: "open" });
      await world.do({ do: "caught up" });
      for (let saves = 0; saves < 3; saves++) await world.do({ do: "settle one" });
      return { timers: world.clock.pendingTimers, listeners: sock.ws.leftBehind };
    }
    await world.do({ do: "advance", ms: 1_000 });
  }
  throw new Error("the connection was not made again");
}
