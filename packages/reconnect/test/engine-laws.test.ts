import fc from "fast-check";
import { expect, it } from "vitest";
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
    { maxLength: 25 },
  )
  .map((parts) => parts.flat());

/** Checks a law on every history that random limits, draws and scripts produce. */
function law(
  name: string,
  check: (moments: readonly Moment[], limits: Limits, run: EngineRun) => void,
): void {
  it(name, () => {
    fc.assert(
      fc.property(limits, fc.nat(), script, (chosen, seed, actions) => {
        const run = new EngineRun(reconnectPolicy(optionsOf(chosen)), seed);
        for (const action of actions) run.act(action);
        check(run.moments, chosen, run);
      }),
      { numRuns: 300 },
    );
  });
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

law("there is never more than one socket", (moments) => {
  for (const { live } of moments) expect([0, 1]).toContain(live);
});

law("generations only grow, and one event connects at most once", (moments) => {
  for (const { before, after, effects, event } of moments) {
    if (event.type !== "crash") expect(after.generation).toBeGreaterThanOrEqual(before.generation);
    const made = effects.filter(({ type }) => type === "connect");
    expect(made.length).toBeLessThanOrEqual(1);
    for (const effect of made) expect(effect).toHaveProperty("generation", after.generation);
  }
});

law("an event of another generation changes nothing", (moments) => {
  for (const { event, before, after, effects } of moments) {
    if (!("generation" in event) || event.generation === before.generation) continue;
    expect(after).toBe(before);
    expect(effects).toEqual([]);
  }
});

law("nothing connects before its wait is over, unless someone resumes", (moments) => {
  for (const moment of moments) {
    const { before, event, monotonicMs } = moment;
    if (!connects(moment) || before.phase !== "waiting" || event.type === "resume") continue;
    expect(monotonicMs).toBeGreaterThanOrEqual(before.wait?.monotonicUntilMs ?? Infinity);
  }
});

law("failures are forgotten only after a stable connection, or by an operator", (moments) => {
  for (const moment of moments) {
    const { before, after, event } = moment;
    if (after.attempt >= before.attempt && after.rung >= before.rung) continue;
    if (event.type === "crash") continue;
    if (event.type === "resume") expect(before.phase).toBe("held");
    else expect(uptimeOf(moment)).toBeGreaterThanOrEqual(STABLE_MS);
  }
});

law(
  "a crash forgets failures only when the connection had been stable by the wall clock",
  (moments) => {
    for (const { before, after, event, nowMs } of moments) {
      if (event.type !== "crash" || after.attempt >= before.attempt) continue;
      expect(nowMs - (before.opened?.atMs ?? Infinity)).toBeGreaterThanOrEqual(STABLE_MS);
    }
  },
);

law(
  "515 connects at once and uncounted, but only so often in a minute",
  (moments, { restarts, budget }) => {
    const immediate: number[] = [];
    for (const moment of moments) {
      if (closeCause(moment) !== "restart-required") continue;
      const { nowMs, before, after } = moment;
      const retry = find(moment, "retry");
      const recent = immediate.filter((time) => time > nowMs - 60_000).length;
      expect(retry?.reason).toBe(recent < restarts ? "restart" : "back-off");
      if (retry?.reason !== "restart") continue;
      immediate.push(nowMs);
      expect(after.attempt).toBeLessThanOrEqual(before.attempt);
      if (!retry.budgeted) expect(retry.delayMs).toBe(0);
      else expect(after.connects.length).toBeGreaterThanOrEqual(budget);
    }
  },
);

law("a ban is waited out, whatever fires, crashes or resumes without force", (moments) => {
  let untilMs = 0;
  for (const moment of moments) {
    const { event, nowMs, after } = moment;
    if (closeCause(moment) === "temp-banned" && event.type === "closed") {
      untilMs = nowMs + (event.disconnect.retryAfterMs ?? 6 * HOUR_MS);
      expect(after.hold?.untilMs).toBeGreaterThanOrEqual(untilMs);
    }
    if (!connects(moment)) continue;
    if (event.type === "resume" && event.force) untilMs = 0;
    expect(nowMs).toBeGreaterThanOrEqual(untilMs);
  }
});

law("a hold that needs someone is left only when someone resumes", (moments) => {
  for (const moment of moments) {
    const { before, event, after } = moment;
    const name = closeCause(moment);
    if (name !== undefined && causes[name].rule.family === "hold") {
      expect(after.hold).toMatchObject({ cause: name, untilMs: null });
    }
    if (before.phase === "held" && before.hold?.untilMs === null && connects(moment)) {
      expect(event.type).toBe("resume");
    }
  }
});

law("a replaced connection never comes back by itself", (moments) => {
  for (const moment of moments) {
    if (closeCause(moment) === "replaced") expect(moment.after.phase).toBe("held");
    if (moment.before.hold?.cause === "replaced" && connects(moment)) {
      expect(moment.event.type).toBe("resume");
    }
  }
});

law("credentials are called revoked only over a cause that revokes them", (moments) => {
  for (const moment of moments) {
    const hold = find(moment, "hold");
    if (hold === undefined) continue;
    expect(hold.hold.cause).toBe(closeCause(moment));
    expect(hold.credentials).toBe(causes[hold.hold.cause].credentials);
  }
});

law("connects in a rolling hour stay within the budget, across crashes", (moments, { budget }) => {
  const times: number[] = [];
  for (const moment of moments) {
    const { event, nowMs } = moment;
    if (!connects(moment)) continue;
    times.push(nowMs);
    if (event.type === "resume" && event.force) continue;
    expect(times.filter((time) => time > nowMs - HOUR_MS).length).toBeLessThanOrEqual(
      Math.max(budget, forced(moments, nowMs)),
    );
  }
});

// An operator may exceed the budget; what comes after must still count those connects.
function forced(moments: readonly Moment[], nowMs: number): number {
  const operator = moments.some(({ event }) => event.type === "resume" && event.force);
  return operator
    ? moments.filter((moment) => connects(moment) && moment.nowMs > nowMs - HOUR_MS).length
    : 0;
}

law(
  "a counted failure waits at least the minimum and at most what cap, server and budget ask",
  (moments) => {
    for (const moment of moments) {
      const retry = find(moment, "retry");
      const { event } = moment;
      if (event.type !== "closed" || retry === undefined) continue;
      if (retry.reason !== "back-off" && retry.reason !== "refused") continue;
      expect(retry.delayMs).toBeGreaterThanOrEqual(MIN_MS);
      const cap = retry.reason === "refused" ? HOUR_MS : CAP_MS;
      const asked = Math.min(MAX_RETRY_AFTER_MS, event.disconnect.retryAfterMs ?? 0);
      const most = Math.max(cap, asked, retry.budgeted ? HOUR_MS : 0);
      expect(retry.delayMs).toBeLessThanOrEqual(most);
      expect(retry.delayMs).toBeGreaterThanOrEqual(asked);
      expect(moment.after.attempt).toBeGreaterThan(0);
    }
  },
);

law(
  "an expired QR window is not counted, and only so many follow each other",
  (moments, { windows }) => {
    for (const moment of moments) {
      if (closeCause(moment) !== "qr-expired") continue;
      const { before, after } = moment;
      expect(after.attempt).toBeLessThanOrEqual(before.attempt);
      expect(after.qrWindows).toBeLessThanOrEqual(windows);
      if (after.qrWindows === windows)
        expect(after.hold).toMatchObject({ needs: "pairing", untilMs: null });
      else expect(find(moment, "retry")?.reason).toBe("qr-window");
    }
  },
);

law("a refusal is tried only so often before an operator is needed", (moments, { refusals }) => {
  for (const moment of moments) {
    const name = closeCause(moment);
    if (name === undefined || causes[name].rule.family !== "refused") continue;
    const { after } = moment;
    expect(after.refusals).toBeLessThanOrEqual(refusals);
    if (after.refusals === refusals)
      expect(after.hold).toMatchObject({ needs: "operator", untilMs: null });
  }
});

law("whoever waits has a timer, and whoever runs has a socket", (moments) => {
  for (const { after, timerArmed, live, event } of moments) {
    if (event.type === "crash") continue;
    const waits =
      after.phase === "waiting" || (after.phase === "held" && after.hold?.untilMs !== null);
    if (waits) expect(timerArmed).toBe(true);
    expect(live).toBe(isRunning(after) ? 1 : 0);
  }
});

law(
  "the state is persisted before a connect, so that a crash while connecting counts",
  (moments) => {
    for (const moment of moments) {
      const types = moment.effects.map(({ type }) => type);
      if (types.includes("connect"))
        expect(types.indexOf("persist")).toBeLessThan(types.indexOf("connect"));
      if (types.includes("connect")) expect(types).toContain("persist");
    }
  },
);

law("a restart shortens no wait and drops no hold", (_moments, _limits, run) => {
  const before = run.state;
  const cut = run.moments.length;
  run.act({ do: "crash" });
  const [, started] = run.moments.slice(cut);
  if (before.phase === "held")
    expect(run.state).toMatchObject({ phase: "held", hold: before.hold });
  if (before.phase !== "waiting" || before.wait === null || started === undefined) return;
  if (before.wait.untilMs > run.nowMs) expect(run.state.phase).toBe("waiting");
  expect(run.state.wait?.untilMs ?? run.nowMs).toBeGreaterThanOrEqual(before.wait.untilMs);
});

law("the state is JSON, and the same input gives the same output", (moments, chosen) => {
  const policy = reconnectPolicy(optionsOf(chosen));
  for (const { before, event, nowMs, monotonicMs, after } of moments.slice(0, 20)) {
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
    if (event.type === "crash") continue;
    const environment = { nowMs, monotonicMs, random: { next: () => 0.25 } };
    const copy = JSON.parse(JSON.stringify(before));
    expect(policy.reduce(copy, event, environment)).toEqual(
      policy.reduce(before, event, environment),
    );
  }
});

law("nothing connects after a stop", (_moments, _limits, run) => {
  run.send({ type: "stop" });
  const cut = run.moments.length;
  for (const action of ["open", "fire", "spurious", "qr", "paired"] as const)
    run.act({ do: action });
  run.act({ do: "resume", force: true });
  run.send({ type: "start" });
  run.send({
    type: "closed",
    generation: run.state.generation,
    disconnect: disconnectOf("unknown"),
  });

  expect(run.state.phase).toBe("stopped");
  expect(run.moments.slice(cut).flatMap(({ effects }) => effects)).toEqual([]);
});
