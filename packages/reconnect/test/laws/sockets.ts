import assert from "node:assert/strict";
import { disconnectOf, isRunning } from "../support/engine-run.ts";
import { always } from "./histories.ts";
import type { Law } from "./law.ts";

export const oneSocket: Law = always("there is never more than one socket", ({ moments }) => {
  for (const { live } of moments) assert.ok(live === 0 || live === 1, `${live} sockets`);
});

export const generations: Law = always(
  "generations only grow, and one event connects at most once",
  ({ moments }) => {
    for (const { before, after, effects, event } of moments) {
      if (event.type !== "new process") assert.ok(after.generation >= before.generation);
      const made = effects.filter((effect) => effect.type === "connect");
      assert.ok(made.length <= 1);
      for (const { generation } of made) assert.equal(generation, after.generation);
      for (const { generation } of made) assert.equal(generation, before.generation + 1);
    }
  },
);

export const staleEvents: Law = always(
  "an event of another generation changes nothing",
  ({ moments }) => {
    for (const { event, before, after, effects } of moments) {
      if (!("generation" in event) || event.generation === before.generation) continue;
      assert.equal(after, before);
      assert.deepEqual(effects, []);
    }
  },
);

export const silenceAfterStop: Law = always("nothing connects after a stop", ({ run }) => {
  run.send({ type: "stop" });
  assert.equal(run.moments.at(-1)?.live, 0);
  const cut = run.moments.length;
  for (const name of ["open", "fire", "spurious", "qr", "paired"] as const) run.act({ do: name });
  run.act({ do: "network", online: true });
  run.act({ do: "ownership", verdict: "mine" });
  run.act({ do: "version", changed: true });
  run.act({ do: "resume", force: true });
  run.send({ type: "start" });
  const disconnect = disconnectOf("unknown");
  run.send({ type: "closed", generation: run.state.generation, disconnect });

  assert.equal(run.state.phase, "stopped");
  assert.deepEqual(
    run.moments.slice(cut).flatMap(({ effects }) => effects),
    [],
  );
});

export const timersAndSockets: Law = always(
  "whoever waits has a timer, and whoever runs has a socket",
  ({ moments }) => {
    for (const { after, timerArmed, live, event } of moments) {
      if (event.type === "new process") continue;
      const timed = after.phase === "held" && after.hold?.untilMs !== null;
      if (timed || after.phase === "waiting") assert.ok(timerArmed, `no timer in ${after.phase}`);
      assert.equal(live, isRunning(after) ? 1 : 0);
    }
  },
);

export const persistFirst: Law = always(
  "the state is persisted before a connect",
  ({ moments }) => {
    for (const { effects } of moments) {
      const types = effects.map(({ type }) => type);
      const connectAt = types.indexOf("connect");
      if (connectAt !== -1) assert.ok(types.slice(0, connectAt).includes("persist"));
    }
  },
);
