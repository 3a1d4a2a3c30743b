import type { VirtualClock } from "../../clock/virtual-clock.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { notTogether } from "../schema/rules.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { object, optional } from "../schema/shapes.ts";
import { flag, integer } from "../schema/values.ts";

interface ClockForm {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly frozen: boolean;
}

interface ClockChange {
  readonly freeze?: boolean;
  readonly now?: number;
  readonly advanceMs?: number;
  readonly resume?: boolean;
}

// What a Date can hold, and a century: no timer is further away.
const LAST_DATE_MS = 8_640_000_000_000_000;
const LONGEST_STEP_MS = 3_155_760_000_000;

const clockForm: Schema<ClockForm> = named(
  "Clock",
  object<ClockForm>({ now: integer(), frozen: flag() }),
);

export const clock: readonly Operation[] = [
  jsonOperation({
    method: "GET",
    path: "/admin/clock",
    id: "clock",
    tag: "clock",
    summary: "The time in the server's world",
    answer: clockForm,
    run: (_, { context }) => formOf(context.clock),
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/clock",
    id: "setClock",
    tag: "clock",
    summary: "Stops the clock, sets it, moves it on, or lets it go on",
    notes:
      "In this order: `freeze`, then `now` or `advanceMs`, then `resume`. What falls due on the way happens, each at its time, before the answer.",
    body: notTogether(
      object<ClockChange>({
        freeze: optional(described(flag(), "Stop the clock")),
        now: optional(
          described(integer({ min: 0, max: LAST_DATE_MS }), "Milliseconds since the epoch"),
        ),
        advanceMs: optional(integer({ min: 0, max: LONGEST_STEP_MS })),
        resume: optional(described(flag(), "Let the clock go on from what it shows")),
      }),
      ["now", "advanceMs"],
    ),
    answer: clockForm,
    run({ body }, { context }) {
      const { freeze, now, advanceMs, resume } = body;
      if (freeze === true) context.clock.freeze();
      if (now !== undefined) context.clock.set(now);
      if (advanceMs !== undefined) context.clock.advance(advanceMs);
      if (resume === true) context.clock.resume();
      return formOf(context.clock);
    },
  }),
];

function formOf(running: VirtualClock): ClockForm {
  return { now: Math.floor(running.now()), frozen: running.frozen };
}
