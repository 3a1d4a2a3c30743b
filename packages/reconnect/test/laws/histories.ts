import * as fc from "fast-check";
import { type DisconnectCause, type Effect, type PolicyOptions, causes } from "@motte/reconnect";
import { type Action, EngineRun, type Moment, isRunning } from "../support/engine-run.ts";
import type { Law, Subject } from "./law.ts";

// Small limits, so that random histories reach them.
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const STABLE_MS = MINUTE_MS;
export const BASE_MS = 1_000;
export const MIN_MS = 700;
export const CAP_MS = 20_000;
export const MAX_RETRY_AFTER_MS = HOUR_MS;
export const FLAP_WINDOW_MS = 10 * MINUTE_MS;
export const FLAP_RUNG = 7;
export const TAKEOVER_WINDOW_MS = 10 * MINUTE_MS;
export const TAKEOVER_HOLD_MS = MINUTE_MS;
export const OFFLINE_RETRY_MS = 5 * MINUTE_MS;
export const OFFLINE_SPREAD_MS = 3_000;
export const OUTDATED_BASE_MS = 15 * MINUTE_MS;

export interface Limits {
  readonly budget: number;
  readonly restarts: number;
  readonly refusals: number;
  readonly windows: number;
  readonly flaps: number;
  readonly takeovers: number;
  readonly earlyCloses: number;
}

const limits = fc.record<Limits>({
  budget: fc.constantFrom(3, 6, 60),
  restarts: fc.integer({ min: 0, max: 3 }),
  refusals: fc.integer({ min: 1, max: 3 }),
  windows: fc.integer({ min: 1, max: 3 }),
  flaps: fc.integer({ min: 2, max: 4 }),
  takeovers: fc.integer({ min: 0, max: 2 }),
  earlyCloses: fc.integer({ min: 1, max: 3 }),
});

export function optionsOf({ fibonacci, exponential }: Subject, chosen: Limits): PolicyOptions {
  return {
    backoff: fibonacci({ baseMs: BASE_MS, capMs: CAP_MS, minMs: MIN_MS }),
    stableAfterMs: STABLE_MS,
    budget: { max: chosen.budget, windowMs: HOUR_MS },
    restart: { max: chosen.restarts, windowMs: MINUTE_MS },
    flap: { opens: chosen.flaps, windowMs: FLAP_WINDOW_MS, rung: FLAP_RUNG },
    replaced: {
      takeovers: chosen.takeovers,
      windowMs: TAKEOVER_WINDOW_MS,
      holdMs: TAKEOVER_HOLD_MS,
    },
    offline: { retryMs: OFFLINE_RETRY_MS, spreadMs: OFFLINE_SPREAD_MS },
    refused: {
      max: chosen.refusals,
      backoff: fibonacci({ baseMs: MINUTE_MS, capMs: HOUR_MS }),
    },
    outdated: { backoff: exponential({ baseMs: OUTDATED_BASE_MS, capMs: 6 * HOUR_MS }) },
    pairing: { windows: chosen.windows, gapMs: 2_000, earlyCloses: chosen.earlyCloses },
    maxRetryAfterMs: MAX_RETRY_AFTER_MS,
  };
}

const allCauses = Object.keys(causes) as DisconnectCause[];
const anyCause = fc.constantFrom(
  ...allCauses.filter((name) => causes[name].rule.family !== "stop"),
);
// One of each family, so that a family of one is not rarer than one of ten.
const families = fc.constantFrom<DisconnectCause>(
  "restart-required",
  "recycled",
  "rate-limited",
  "client-outdated",
  "temp-banned",
  "qr-expired",
  "bad-user-agent",
  "logged-out",
  "connection-lost",
);
const cause = fc.oneof(anyCause, families);
const pause = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 120_000 }),
  fc.integer({ min: 0, max: 2 * HOUR_MS }),
);
const close: fc.Arbitrary<Action> = fc
  .record({
    name: cause,
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 2 * HOUR_MS }), { nil: undefined }),
    paired: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(({ name, retryAfterMs, paired }) => ({
    do: "close",
    cause: name,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(paired === undefined ? {} : { paired }),
  }));
const act = (name: "fire" | "spurious" | "open" | "qr" | "paired" | "crash" | "deploy") =>
  fc.constant<Action[]>([{ do: name }]);
const network = fc.boolean().map((online): Action => ({ do: "network", online }));
const verdict = fc
  .constantFrom("mine", "mine", "theirs", "unknown")
  .map((said): Action => ({ do: "ownership", verdict: said as "mine" }));
const version = fc.boolean().map((changed): Action => ({ do: "version", changed }));
const resume = fc.boolean().map((force): Action => ({ do: "resume", force }));

// The same failure again and again is what limits are for, and what chance rarely writes.
const loop: fc.Arbitrary<Action[]> = fc
  .record({
    close,
    times: fc.integer({ min: 2, max: 8 }),
    upMs: fc.constantFrom(0, 1_000, 59_000, 61_000),
    passing: fc.constantFrom("advance", "stall"),
    ending: fc.constantFrom("close", "close", "crash", "deploy"),
  })
  .map((made) =>
    Array.from({ length: made.times }, (): Action[] => [
      { do: "fire" },
      ...(made.upMs === 0
        ? []
        : ([{ do: "open" }, { do: made.passing as "stall", ms: made.upMs }] satisfies Action[])),
      made.ending === "close" ? made.close : { do: made.ending as "crash" },
    ]).flat(),
  );
// What only happens in a certain order is written in that order, with something in between.
const takeover: fc.Arbitrary<Action[]> = fc
  .record({ times: fc.integer({ min: 1, max: 4 }), verdict, news: fc.option(verdict) })
  .map((made) =>
    Array.from({ length: made.times }, (): Action[] => [
      { do: "fire" },
      { do: "close", cause: "replaced" },
      made.verdict,
      ...(made.news === null ? [] : [made.news]),
    ]).flat(),
  );
const outdated: fc.Arbitrary<Action[]> = fc
  .record({ times: fc.integer({ min: 1, max: 4 }), version, again: fc.option(version) })
  .map((made) =>
    Array.from({ length: made.times }, (): Action[] => [
      { do: "fire" },
      { do: "close", cause: "client-outdated" },
      made.version,
      ...(made.again === null ? [] : [made.again]),
    ]).flat(),
  );
const lasting: fc.Arbitrary<Action[]> = fc
  .record({ name: families, times: fc.integer({ min: 2, max: 4 }) })
  .map(({ name, times }) =>
    Array.from({ length: times }, (): Action[] => [
      { do: "fire" },
      { do: "open" },
      { do: "advance", ms: 61_000 },
      { do: "close", cause: name },
    ]).flat(),
  );
const unpaired: fc.Arbitrary<Action[]> = fc
  .array(fc.record({ qr: fc.boolean(), cause: fc.constantFrom("socket-closed", "stream-ended") }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((closes) =>
    closes.flatMap((made): Action[] => [
      { do: "fire" },
      ...(made.qr ? ([{ do: "qr" }] satisfies Action[]) : []),
      { do: "close", cause: made.cause as "socket-closed", paired: false },
    ]),
  );
const held: fc.Arbitrary<Action[]> = fc
  .record({
    name: fc.constantFrom<DisconnectCause>(
      "temp-banned",
      "replaced",
      "logged-out",
      "device-removed",
      "stale-pairing",
      "account-locked",
      "account-banned",
      "multidevice-mismatch",
    ),
    meanwhile: fc.array(
      fc.oneof(
        resume,
        pause.map((ms): Action => ({ do: "advance", ms })),
        fc.constantFrom<Action>({ do: "crash" }, { do: "deploy" }, { do: "spurious" }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    back: fc.boolean(),
  })
  .map(({ name, meanwhile, back }) => [
    { do: "fire" },
    { do: "close", cause: name },
    ...meanwhile,
    ...(back ? ([{ do: "resume", force: true }] satisfies Action[]) : []),
  ]);
const outage: fc.Arbitrary<Action[]> = fc
  .record({ close, ms: pause, retryAfterMs: fc.option(fc.integer({ min: 0, max: HOUR_MS })) })
  .map(({ ms, retryAfterMs }) => [
    { do: "fire" },
    { do: "network", online: false },
    {
      do: "close",
      cause: "connection-lost",
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    },
    { do: "advance", ms },
    { do: "network", online: true },
  ]);

export const script: fc.Arbitrary<Action[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: close.map((action) => [action]) },
      { weight: 4, arbitrary: act("open") },
      { weight: 4, arbitrary: act("fire") },
      { weight: 4, arbitrary: pause.map((ms): Action[] => [{ do: "advance", ms }]) },
      { weight: 3, arbitrary: loop },
      { weight: 2, arbitrary: act("spurious") },
      { weight: 2, arbitrary: takeover },
      { weight: 2, arbitrary: outdated },
      { weight: 2, arbitrary: outage },
      { weight: 2, arbitrary: unpaired },
      { weight: 2, arbitrary: lasting },
      { weight: 2, arbitrary: held },
      { weight: 1, arbitrary: pause.map((ms): Action[] => [{ do: "sleep", ms }]) },
      { weight: 1, arbitrary: pause.map((ms): Action[] => [{ do: "stall", ms }]) },
      { weight: 1, arbitrary: pause.map((ms): Action[] => [{ do: "set back", ms }]) },
      { weight: 1, arbitrary: act("qr") },
      { weight: 1, arbitrary: act("paired") },
      { weight: 1, arbitrary: act("crash") },
      { weight: 1, arbitrary: act("deploy") },
      { weight: 1, arbitrary: cause.map((name): Action[] => [{ do: "stale", cause: name }]) },
      { weight: 1, arbitrary: fc.oneof(network, verdict, version).map((one) => [one]) },
      // A history that ends in a hold is over, so somebody comes by often.
      { weight: 5, arbitrary: resume.map((one) => [one]) },
    ),
    { maxLength: 25, size: "max" },
  )
  .map((parts) => parts.flat());

/** All there is to know about one history. */
export interface History {
  readonly moments: readonly Moment[];
  readonly limits: Limits;
  readonly run: EngineRun;
  readonly subject: Subject;
}

/** A law for every history that random limits, draws and scripts produce. */
export function always(name: string, holds: (history: History) => void): Law {
  return {
    name,
    check: (subject, runs = {}) => {
      fc.assert(
        fc.property(limits, fc.nat(), script, (chosen, seed, actions) => {
          const policy = subject.reconnectPolicy(optionsOf(subject, chosen));
          const run = new EngineRun(policy, seed);
          for (const action of actions) run.act(action);
          holds({ moments: run.moments, limits: chosen, run, subject });
        }),
        { numRuns: 200, ...runs },
      );
    },
  };
}

export const find = <T extends Effect["type"]>(
  { effects }: Moment,
  type: T,
): Extract<Effect, { type: T }> | undefined =>
  effects.find((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

export const connects = (moment: Moment): boolean => find(moment, "connect") !== undefined;

/** Whether an operator made it happen, with a plain `resume` or a forced one. */
export const resumed = ({ event }: Moment): boolean => event.type === "resume";
export const forced = ({ event }: Moment): boolean =>
  event.type === "resume" && event.force === true;

/** The close that the engine had to answer, if that is what happened. */
export function closeOf({ event, before }: Moment) {
  if (event.type !== "closed" || event.generation !== before.generation) return undefined;
  return isRunning(before) ? event.disconnect : undefined;
}

export const uptimeOf = ({ before, monotonicMs }: Moment): number =>
  before.opened === null ? 0 : monotonicMs - before.opened.monotonicMs;

/** Whether a stable connection made all failures forgotten here. */
export function forgets(moment: Moment): boolean {
  const { event, before, nowMs } = moment;
  if (before.opened === null) return false;
  if (event.type === "new process") return nowMs - before.opened.atMs >= STABLE_MS;
  const looks = closeOf(moment) !== undefined || event.type === "stable-timer";
  return looks && uptimeOf(moment) >= STABLE_MS;
}

/** Whether an operator ended a hold. */
export const leftHold = ({ event, before, after }: Moment): boolean =>
  event.type === "resume" && before.phase === "held" && after.phase !== "held";

/** How many of the times lie in the window that ends now. */
export const recent = (times: readonly number[], windowMs: number, nowMs: number): number =>
  times.filter((time) => time > nowMs - windowMs).length;
