import assert from "node:assert/strict";
import * as fc from "fast-check";
import { it } from "vitest";
import {
  type DisconnectCause,
  type Effect,
  type PolicyOptions,
  causes,
  fibonacci,
  reconnectPolicy,
} from "@motte/reconnect";
import {
  type Action,
  EngineRun,
  type Moment,
  disconnectOf,
  isRunning,
} from "./support/engine-run.ts";

// Small limits, so that random scripts reach them.
const STABLE_MS = 60_000;
const MIN_MS = 500;
const CAP_MS = 20_000;
const MAX_RETRY_AFTER_MS = 3_600_000;
const HOUR_MS = 3_600_000;

interface Limits {
  readonly budget: number;
  readonly restarts: number;
  readonly refusals: number;
  readonly windows: number;
}

const limits = fc.record<Limits>({
  budget: fc.constantFrom(3, 6, 60),
  restarts: fc.integer({ min: 0, max: 3 }),
  refusals: fc.integer({ min: 1, max: 3 }),
  windows: fc.integer({ min: 1, max: 3 }),
});

function optionsOf({ budget, restarts, refusals, windows }: Limits): PolicyOptions {
  return {
    backoff: fibonacci({ capMs: CAP_MS, minMs: MIN_MS }),
    stableAfterMs: STABLE_MS,
    budget: { max: budget, windowMs: HOUR_MS },
    restart: { max: restarts, windowMs: 60_000 },
    refused: { max: refusals, backoff: fibonacci({ baseMs: 60_000, capMs: HOUR_MS }) },
    pairing: { windows, gapMs: 2_000 },
    maxRetryAfterMs: MAX_RETRY_AFTER_MS,
  };
}

const allCauses = Object.keys(causes) as DisconnectCause[];
const cause = fc.constantFrom(...allCauses.filter((name) => causes[name].rule.family !== "stop"));
const pause = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 120_000 }),
  fc.integer({ min: 0, max: 2 * HOUR_MS }),
);
const close: fc.Arbitrary<Action> = fc
  .tuple(cause, fc.option(fc.integer({ min: 0, max: 2 * HOUR_MS })))
  .map(([name, retryAfterMs]) => ({
    do: "close",
    cause: name,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  }));
const act = (
  name: "fire" | "spurious" | "open" | "qr" | "paired" | "crash",
): fc.Arbitrary<Action[]> => fc.constant([{ do: name }]);
// The same failure again and again is what limits are for, and what chance rarely writes.
const loop: fc.Arbitrary<Action[]> = fc
  .record({
    close,
    times: fc.integer({ min: 2, max: 8 }),
    upMs: fc.constantFrom(0, 1_000, 59_000, 61_000),
    ending: fc.constantFrom("close", "crash"),
  })
  .map((made) =>
    Array.from({ length: made.times }, (): Action[] => [
      { do: "fire" },
      ...(made.upMs === 0
        ? []
        : ([{ do: "open" }, { do: "advance", ms: made.upMs }] satisfies Action[])),
      made.ending === "crash" ? { do: "crash" } : made.close,
    ]).flat(),
  );
const script: fc.Arbitrary<Action[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: close.map((action) => [action]) },
      { weight: 4, arbitrary: act("open") },
      { weight: 4, arbitrary: act("fire") },
      { weight: 4, arbitrary: pause.map((ms): Action[] => [{ do: "advance", ms }]) },
      { weight: 3, arbitrary: loop },
      { weight: 2, arbitrary: act("spurious") },
      { weight: 1, arbitrary: pause.map((ms): Action[] => [{ do: "sleep", ms }]) },
      { weight: 1, arbitrary: act("qr") },
      { weight: 1, arbitrary: act("paired") },
      { weight: 1, arbitrary: act("crash") },
      { weight: 1, arbitrary: cause.map((name): Action[] => [{ do: "stale", cause: name }]) },
      { weight: 1, arbitrary: fc.boolean().map((force): Action[] => [{ do: "resume", force }]) },
    ),
    { maxLength: 25, size: "max" },
  )
  .map((parts) => parts.flat());

type Law = (moments: readonly Moment[], limits: Limits, run: EngineRun) => void;

/** Checks a law on every history that random limits, draws and scripts produce. */
function always(check: Law): () => void {
  return () =>
    fc.assert(
      fc.property(limits, fc.nat(), script, (chosen, seed, actions) => {
        const run = new EngineRun(reconnectPolicy(optionsOf(chosen)), seed);
        for (const action of actions) run.act(action);
        check(run.moments, chosen, run);
      }),
      { numRuns: 300 },
    );
}

const find = <T extends Effect["type"]>(
  { effects }: Moment,
  type: T,
): Extract<Effect, { type: T }> | undefined =>
  effects.find((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

const connects = (moment: Moment): boolean => find(moment, "connect") !== undefined;

/** The cause of a close that the engine had to answer. */
function closeCause({ event, before }: Moment): DisconnectCause | undefined {
  if (event.type !== "closed" || event.generation !== before.generation) return undefined;
  return isRunning(before) ? event.disconnect.cause : undefined;
}

const uptimeOf = ({ before, monotonicMs }: Moment): number =>
  before.opened === null ? 0 : monotonicMs - before.opened.monotonicMs;

const holdOf = ({ after }: Moment): readonly unknown[] => [after.hold?.needs, after.hold?.untilMs];

it(
  "there is never more than one socket",
  always((moments) => {
    for (const { live } of moments) assert.ok(live === 0 || live === 1, `${live} sockets`);
  }),
);

it(
  "generations only grow, and one event connects at most once",
  always((moments) => {
    for (const { before, after, effects, event } of moments) {
      if (event.type !== "crash") {
        assert.ok(after.generation >= before.generation);
      }
      const made = effects.filter((effect) => effect.type === "connect");
      assert.ok(made.length <= 1);
      for (const { generation } of made) assert.equal(generation, after.generation);
      for (const { generation } of made) assert.equal(generation, before.generation + 1);
    }
  }),
);

it(
  "an event of another generation changes nothing",
  always((moments) => {
    for (const { event, before, after, effects } of moments) {
      if (!("generation" in event) || event.generation === before.generation) continue;
      assert.equal(after, before);
      assert.deepEqual(effects, []);
    }
  }),
);

it(
  "a wait is over before anything connects, unless someone resumes",
  always((moments) => {
    for (const moment of moments) {
      const { before, event, monotonicMs } = moment;
      if (!connects(moment) || before.phase !== "waiting" || event.type === "resume") continue;
      assert.ok(monotonicMs >= (before.wait?.monotonicUntilMs ?? Infinity));
    }
  }),
);

it(
  "only a stable connection or an operator makes failures forgotten",
  always((moments) => {
    for (const moment of moments) {
      const { before, after, event } = moment;
      if (after.attempt >= before.attempt && after.rung >= before.rung) continue;
      if (event.type === "crash") continue;
      if (event.type === "resume") {
        assert.equal(before.phase, "held");
      } else {
        assert.ok(uptimeOf(moment) >= STABLE_MS);
      }
    }
  }),
);

it(
  "a crash forgets failures only after a stable connection",
  always((moments) => {
    for (const { before, after, event, nowMs } of moments) {
      if (event.type !== "crash" || after.attempt >= before.attempt) continue;
      assert.ok(nowMs - (before.opened?.atMs ?? Infinity) >= STABLE_MS);
    }
  }),
);

it(
  "515 connects at once and uncounted, only so often in a minute",
  always((moments, chosen) => {
    const immediate: number[] = [];
    for (const moment of moments) {
      if (closeCause(moment) !== "restart-required") continue;
      const { nowMs, before, after } = moment;
      const retry = find(moment, "retry");
      const recent = immediate.filter((time) => time > nowMs - 60_000).length;
      assert.equal(retry?.reason, recent < chosen.restarts ? "restart" : "back-off");
      if (retry?.reason !== "restart") continue;
      immediate.push(nowMs);
      assert.ok(after.attempt <= before.attempt);
      if (retry.budgeted) {
        assert.ok(after.connects.length >= chosen.budget);
      } else {
        assert.equal(retry.delayMs, 0);
      }
    }
  }),
);

it(
  "a ban is waited out, whatever fires, crashes or resumes",
  always((moments) => {
    let untilMs = 0;
    for (const moment of moments) {
      const { event, nowMs, after } = moment;
      if (closeCause(moment) === "temp-banned" && event.type === "closed") {
        untilMs = nowMs + (event.disconnect.retryAfterMs ?? 6 * HOUR_MS);
        assert.ok((after.hold?.untilMs ?? 0) >= untilMs);
      }
      if (!connects(moment)) continue;
      if (event.type === "resume" && event.force) untilMs = 0;
      assert.ok(nowMs >= untilMs);
    }
  }),
);

it(
  "a hold that needs someone is left only when someone resumes",
  always((moments) => {
    for (const moment of moments) {
      const { before, event, after } = moment;
      const name = closeCause(moment);
      if (name !== undefined && causes[name].rule.family === "hold") {
        assert.deepEqual(
          [after.phase, after.hold?.cause, after.hold?.untilMs],
          ["held", name, null],
        );
      }
      if (before.phase === "held" && before.hold?.untilMs === null && connects(moment)) {
        assert.equal(event.type, "resume");
      }
    }
  }),
);

it(
  "a replaced connection never comes back by itself",
  always((moments) => {
    for (const moment of moments) {
      if (closeCause(moment) === "replaced") {
        assert.equal(moment.after.phase, "held");
      }
      if (moment.before.hold?.cause !== "replaced" || !connects(moment)) continue;
      assert.equal(moment.event.type, "resume");
    }
  }),
);

it(
  "credentials are called revoked only over a cause that revokes them",
  always((moments) => {
    for (const moment of moments) {
      const hold = find(moment, "hold");
      if (hold === undefined) continue;
      assert.equal(hold.hold.cause, closeCause(moment));
      assert.equal(hold.credentials, causes[hold.hold.cause].credentials);
    }
  }),
);

it(
  "connects in an hour stay within the budget",
  always((moments, { budget }) => {
    const times: number[] = [];
    for (const moment of moments) {
      const { event, nowMs } = moment;
      // An operator's force is what may exceed it.
      if (event.type === "resume" && event.force) return;
      if (!connects(moment)) continue;
      times.push(nowMs);
      assert.ok(times.filter((time) => time > nowMs - HOUR_MS).length <= budget);
    }
  }),
);

it(
  "a counted failure waits between its minimum and what cap, server or budget ask",
  always((moments) => {
    for (const moment of moments) {
      const retry = find(moment, "retry");
      const { event } = moment;
      if (event.type !== "closed" || retry === undefined) continue;
      if (retry.reason !== "back-off" && retry.reason !== "refused") continue;
      const cap = retry.reason === "refused" ? HOUR_MS : CAP_MS;
      const asked = Math.min(MAX_RETRY_AFTER_MS, event.disconnect.retryAfterMs ?? 0);
      assert.ok(retry.delayMs >= Math.max(MIN_MS, asked));
      assert.ok(retry.delayMs <= Math.max(cap, asked, retry.budgeted ? HOUR_MS : 0));
      assert.equal(retry.attempt, moment.after.attempt);
      assert.ok(retry.attempt >= 1);
    }
  }),
);

it(
  "an expired QR window is not counted, and only so many follow each other",
  always((moments, chosen) => {
    for (const moment of moments) {
      if (closeCause(moment) !== "qr-expired") continue;
      const { before, after } = moment;
      assert.ok(after.attempt <= before.attempt);
      assert.ok(after.qrWindows <= chosen.windows);
      if (after.qrWindows === chosen.windows) {
        assert.deepEqual(holdOf(moment), ["pairing", null]);
      } else {
        assert.equal(find(moment, "retry")?.reason, "qr-window");
      }
    }
  }),
);

it(
  "a refusal is tried only so often",
  always((moments, { refusals }) => {
    for (const moment of moments) {
      const name = closeCause(moment);
      if (name === undefined || causes[name].rule.family !== "refused") continue;
      assert.ok(moment.after.refusals <= refusals);
      if (moment.after.refusals === refusals) {
        assert.deepEqual(holdOf(moment), ["operator", null]);
      }
    }
  }),
);

it(
  "whoever waits has a timer, and whoever runs has a socket",
  always((moments) => {
    for (const { after, timerArmed, live, event } of moments) {
      if (event.type === "crash") continue;
      const timed = after.phase === "held" && after.hold?.untilMs !== null;
      if (timed || after.phase === "waiting") {
        assert.ok(timerArmed, `no timer in ${after.phase}`);
      }
      assert.equal(live, isRunning(after) ? 1 : 0);
    }
  }),
);

it(
  "the state is persisted before a connect",
  always((moments) => {
    for (const { effects } of moments) {
      const types = effects.map(({ type }) => type);
      const connectAt = types.indexOf("connect");
      if (connectAt !== -1) {
        assert.ok(types.slice(0, connectAt).includes("persist"));
      }
    }
  }),
);

it(
  "a restart shortens no wait",
  always((_moments, _limits, run) => {
    const before = run.state;
    run.act({ do: "crash" });
    const { state, nowMs } = run;
    if (before.phase === "held") {
      assert.deepEqual([state.phase, state.hold], ["held", before.hold]);
    }
    if (before.phase !== "waiting" || before.wait === null) return;
    if (before.wait.untilMs > nowMs) {
      assert.equal(state.phase, "waiting");
    }
    assert.ok((state.wait?.untilMs ?? nowMs) >= before.wait.untilMs);
  }),
);

it(
  "the state is JSON, and the same input gives the same output",
  always((moments, chosen) => {
    const policy = reconnectPolicy(optionsOf(chosen));
    for (const { before, event, nowMs, monotonicMs, after } of moments.slice(0, 20)) {
      assert.deepEqual(JSON.parse(JSON.stringify(after)), after);
      if (event.type === "crash") continue;
      const environment = { nowMs, monotonicMs, random: { next: () => 0.25 } };
      const copy = JSON.parse(JSON.stringify(before));
      assert.deepEqual(
        policy.reduce(copy, event, environment),
        policy.reduce(before, event, environment),
      );
    }
  }),
);

it(
  "nothing connects after a stop",
  always((_moments, _limits, run) => {
    run.send({ type: "stop" });
    const cut = run.moments.length;
    for (const name of ["open", "fire", "spurious", "qr", "paired"] as const) run.act({ do: name });
    run.act({ do: "resume", force: true });
    run.send({ type: "start" });
    const disconnect = disconnectOf("unknown");
    run.send({ type: "closed", generation: run.state.generation, disconnect });

    assert.equal(run.state.phase, "stopped");
    assert.deepEqual(
      run.moments.slice(cut).flatMap(({ effects }) => effects),
      [],
    );
  }),
);
