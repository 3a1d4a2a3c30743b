import * as fc from "fast-check";
import { type DisconnectCause, causes } from "@motte/reconnect";
import type { Action } from "../support/engine-run.ts";

const HOUR_MS = 3_600_000;

const allCauses = Object.keys(causes) as DisconnectCause[];
const anyCause = fc.constantFrom(
  ...allCauses.filter((name) => causes[name].rule.family !== "stop"),
);
// One of each family, so that a family of one is not rarer than one of ten.
const families = fc.constantFrom<DisconnectCause>(
  "restart-required",
  "recycled",
  "replaced",
  "rate-limited",
  "client-outdated",
  "temp-banned",
  "qr-expired",
  "bad-user-agent",
  "logged-out",
  "connection-lost",
  "socket-closed",
  "stream-ended",
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
    paired: fc.constantFrom(undefined, true, false, false),
  })
  .map(({ name, retryAfterMs, paired }) => ({
    do: "close",
    cause: name,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(paired === undefined ? {} : { paired }),
  }));
const passing = (name: "advance" | "sleep" | "stall" | "set back"): fc.Arbitrary<Action> =>
  pause.map((ms) => ({ do: name, ms }));
const network = fc.boolean().map((online): Action => ({ do: "network", online }));
const verdict = fc
  .constantFrom<"mine" | "theirs" | "unknown">("mine", "mine", "mine", "theirs", "unknown")
  .map((said): Action => ({ do: "ownership", verdict: said }));
const version = fc.boolean().map((changed): Action => ({ do: "version", changed }));
const resume = fc.boolean().map((force): Action => ({ do: "resume", force }));
const plain = fc.constantFrom<Action>(
  { do: "fire" },
  { do: "fire" },
  { do: "open" },
  { do: "open" },
  { do: "spurious" },
  { do: "qr" },
  { do: "paired" },
  { do: "crash" },
  { do: "deploy" },
);

/** What may come between a close and the next connection. */
const between = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: verdict },
    { weight: 3, arbitrary: version },
    // A history that ends in a hold is over, so somebody comes by often.
    { weight: 4, arbitrary: resume },
    { weight: 2, arbitrary: network },
    { weight: 1, arbitrary: passing("set back") },
    { weight: 1, arbitrary: passing("advance") },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Action>({ do: "crash" }, { do: "deploy" }, { do: "spurious" }),
    },
  ),
  { maxLength: 2 },
);

interface Round {
  readonly before: Action | null;
  readonly upMs: number;
  readonly passing: "advance" | "stall" | "sleep";
  readonly dies: boolean;
  readonly between: Action[];
}

const upMs = fc.constantFrom(0, 0, 1_000, 59_000, 61_000);

// The same failure again and again is what limits are for, and what chance rarely writes.
const bout: fc.Arbitrary<Action[]> = fc
  .record({
    close,
    usualUpMs: upMs,
    rounds: fc.array(
      fc.record({
        before: fc.option(fc.constantFrom<Action>({ do: "qr" }, { do: "paired" }), { freq: 2 }),
        upMs: fc.option(upMs, { freq: 2 }),
        passing: fc.constantFrom<Round["passing"]>("advance", "advance", "stall", "sleep"),
        dies: fc.nat({ max: 9 }).map((drawn) => drawn === 0),
        between: fc.oneof(fc.constant<Action[]>([]), between),
      }),
      { minLength: 2, maxLength: 8 },
    ),
  })
  .map((made) =>
    made.rounds.flatMap((round) =>
      play(made.close, { ...round, upMs: round.upMs ?? made.usualUpMs }),
    ),
  );

function play(closing: Action, round: Round): Action[] {
  const up: Action[] = [{ do: "open" }, { do: round.passing, ms: round.upMs }];
  return [
    { do: "fire" },
    ...(round.before === null ? [] : [round.before]),
    ...(round.upMs === 0 ? [] : up),
    round.dies ? { do: "crash" } : closing,
    ...round.between,
  ];
}

// A question and its answer come in one order only, which chance would rarely find three times.
const answered: fc.Arbitrary<Action[]> = fc
  .record({
    about: fc.constantFrom<Action[]>(
      [
        { do: "close", cause: "replaced" },
        { do: "ownership", verdict: "mine" },
      ],
      [
        { do: "close", cause: "client-outdated" },
        { do: "version", changed: true },
      ],
    ),
    news: fc.array(
      fc.option(
        fc.oneof(verdict, version, fc.constantFrom<Action>({ do: "crash" }, { do: "deploy" })),
        { nil: undefined },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ about, news }) =>
    news.flatMap((one): Action[] => [
      { do: "fire" },
      ...about,
      ...(one === undefined ? [] : [one]),
    ]),
  );

const outage: fc.Arbitrary<Action[]> = fc
  .record({
    ms: pause,
    retryAfterMs: fc.option(fc.integer({ min: 0, max: HOUR_MS }), { nil: undefined }),
  })
  .map(({ ms, retryAfterMs }) => [
    { do: "fire" },
    { do: "network", online: false },
    {
      do: "close",
      cause: "connection-lost",
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    { do: "advance", ms },
    { do: "network", online: true },
  ]);

/** What happens to an engine, in some order. */
export const script: fc.Arbitrary<Action[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: bout },
      { weight: 4, arbitrary: close.map((one) => [one]) },
      { weight: 4, arbitrary: plain.map((one) => [one]) },
      { weight: 3, arbitrary: passing("advance").map((one) => [one]) },
      { weight: 2, arbitrary: resume.map((one) => [one]) },
      { weight: 2, arbitrary: outage },
      { weight: 3, arbitrary: answered },
      {
        weight: 2,
        arbitrary: fc
          .oneof(passing("sleep"), passing("stall"), passing("set back"), network, verdict, version)
          .map((one) => [one]),
      },
      { weight: 1, arbitrary: cause.map((name): Action[] => [{ do: "stale", cause: name }]) },
    ),
    { maxLength: 16, size: "max" },
  )
  .map((parts) => parts.flat());
