import assert from "node:assert/strict";
import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { EngineRun } from "../support/engine-run.ts";
import { always, optionsOf } from "./histories.ts";
import type { Law } from "./law.ts";
import { script } from "./script.ts";

export const keptStates: Law = always(
  "a state that is kept and read twice is the same as one read once",
  ({ moments, run, subject, limits }) => {
    const policy = subject.reconnectPolicy(optionsOf(subject, limits));
    for (const { after, event } of moments.slice(-20)) {
      assert.deepEqual(JSON.parse(JSON.stringify(after)), after);
      const kept: unknown = JSON.parse(JSON.stringify(policy.toJSON(after)));
      assert.deepEqual(kept, policy.toJSON(after));
      assert.ok(!JSON.stringify(kept).includes("onotonic"), "no other process has this clock");
      const once = policy.fromJSON(kept, run.environment);
      const again = policy.fromJSON(
        JSON.parse(JSON.stringify(policy.toJSON(once))),
        run.environment,
      );
      assert.deepEqual(again, once);
      assert.equal(once.phase, "idle");
      if (event.type === "new process") continue;
      assert.deepEqual(once.last, after.last);
      assert.ok(once.generation >= after.generation);
    }
  },
);

export const restartsShortenNothing: Law = always(
  "a crash or a deployment shortens no wait and drops no hold",
  ({ moments }) => {
    moments.forEach((moment, index) => {
      if (moment.event.type !== "new process") return;
      const next = moments[index + 1];
      const stopped = moment.before.phase === "stopped";
      // What the program was doing before it stopped or died.
      const was = stopped ? moments[index - 1]?.before : moment.before;
      if (was === undefined || next === undefined) return;
      const { nowMs, monotonicMs, before } = {
        ...moment,
        monotonicMs: moments[index - 1]?.monotonicMs ?? 0,
      };
      const { after } = next;
      if (was.phase === "held" && was.hold !== null) {
        const { hold } = was;
        assert.equal(after.phase, "held");
        assert.deepEqual([after.hold?.cause, after.hold?.needs], [hold.cause, hold.needs]);
        assert.equal(after.hold?.untilMs === null, hold.untilMs === null);
        const leftMs = Math.min(
          hold.untilMs ?? Infinity,
          nowMs + ((hold.untilMs ?? Infinity) - hold.sinceMs),
        );
        assert.ok((after.hold?.untilMs ?? Infinity) >= leftMs);
      }
      if (was.phase === "waiting" && was.wait !== null) {
        // Both clocks may say how much is left; the one that says less is not to be undercut.
        const wallMs = was.wait.untilMs - nowMs;
        const leftMs = Math.min(wallMs, (was.wait.monotonicUntilMs ?? Infinity) - monotonicMs);
        assert.equal(after.phase, "waiting");
        assert.ok((after.wait?.untilMs ?? 0) - nowMs >= leftMs);
      }
      assert.ok(after.attempt >= Math.min(before.attempt, was.attempt) || was.opened !== null);
    });
  },
);

export const noWaitOfYears: Law = {
  name: "a wall clock that was ahead when the state was kept makes no wait longer",
  check: (subject, runs = {}) => {
    const aheadMs = fc.integer({ min: 0, max: 400 * 24 * 3_600_000 });
    fc.assert(
      fc.property(aheadMs, fc.constantFrom("unreachable", "client-outdated"), (ahead, cause) => {
        const run = new EngineRun(subject.reconnectPolicy());
        run.act({ do: "close", cause });
        const { wait, hold } = run.state;
        const leftMs = (wait?.untilMs ?? hold?.untilMs ?? 0) - run.nowMs;
        run.act({ do: "set back", ms: ahead });
        run.act({ do: "crash" });

        assert.equal((run.state.wait?.untilMs ?? run.state.hold?.untilMs ?? 0) - run.nowMs, leftMs);
        run.act({ do: "fire" });
        assert.equal(run.state.phase, "connecting");
      }),
      runs,
    );
  },
};

export const determinism: Law = always(
  "the same state, event, times and draws give the same answer, and change nothing they were given",
  ({ moments, limits, subject }) => {
    const policy = subject.reconnectPolicy(optionsOf(subject, limits));
    for (const { before, event, nowMs, monotonicMs } of moments.slice(0, 40)) {
      if (event.type === "new process") continue;
      const environment = { nowMs, monotonicMs, random: { next: () => 0.25 } };
      const copy = JSON.parse(JSON.stringify(before));
      const given = JSON.stringify([copy, event]);
      const answer = policy.reduce(copy, event, environment);
      assert.deepEqual(answer, policy.reduce(before, event, environment));
      assert.equal(JSON.stringify([copy, event]), given);
    }
  },
);

/** Every place in a JSON value. */
function places(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [[...path]];
  const below = Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]));
  return path.length === 0 ? below : [[...path], ...below];
}

function damage(kept: unknown, path: readonly (string | number)[], junk: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof kept !== "object" || kept === null) return junk;
  const inner = damage(Reflect.get(kept, key), rest, junk);
  if (Array.isArray(kept))
    return kept.map((item: unknown, at) => (at === Number(key) ? inner : item));
  const others = Object.entries(kept).filter(([name]) => name !== key);
  return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
}

export const damagedStates: Law = {
  name: "a damaged state is refused, and never taken for a fresh one",
  check: (subject, runs = {}) => {
    const policy = subject.reconnectPolicy();
    // `undefined` is what is not there at all.
    const junk = fc.constantFrom<unknown>(undefined, {}, "nonsense", Number.NaN, [[]]);
    fc.assert(
      fc.property(script, fc.nat(), junk, (actions, at, instead) => {
        const run = new EngineRun(policy);
        for (const action of actions) run.act(action);
        const kept = policy.toJSON(run.state);
        const all = places(kept);
        const place = all[at % all.length] ?? [];
        const inList = typeof place.at(-1) === "string" && /^\d+$/.test(String(place.at(-1)));
        const damaged = damage(kept, place, inList && instead === undefined ? null : instead);

        assert.throws(
          () => policy.fromJSON(damaged, run.environment),
          (error) => hasCode(error, "RECONNECT_STATE_INVALID"),
          `taken: ${JSON.stringify(instead)} at ${place.join(".")}`,
        );
      }),
      runs,
    );
  },
};

export const newerStates: Law = {
  name: "a state of a newer release is refused as that, whatever else is in it",
  check: (subject, runs = {}) => {
    const policy = subject.reconnectPolicy();
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 99 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (v, rest) => {
          const environment = { nowMs: 0, monotonicMs: 0, random: { next: () => 0 } };
          assert.throws(
            () => policy.fromJSON({ ...rest, v }, environment),
            (error) => hasCode(error, "RECONNECT_STATE_NEWER"),
          );
        },
      ),
      runs,
    );
  },
};
