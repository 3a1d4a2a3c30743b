import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Jitter, reconnectPolicy, schedule } from "@motte/reconnect";
import { EngineRun } from "./support/engine-run.ts";

const drawing = (value: number): { next(): number } => ({ next: () => value });
const lists = fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 6 });

describe("schedule", () => {
  it("waits as listed and then repeats the last delay", () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 12 }), (delaysMs, rung) => {
        const delayMs = schedule(delaysMs)({ rung, random: drawing(0.5) });

        expect(delayMs).toBe(delaysMs[Math.min(rung, delaysMs.length) - 1]);
      }),
    );
  });

  it("gives up after the last delay when told to, and not before", () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 12 }), (delaysMs, rung) => {
        const delayMs = schedule(delaysMs, { afterLast: "give-up" })({ rung, random: drawing(0) });

        expect(delayMs).toBe(delaysMs[rung - 1] ?? Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("stays inside the bounds of its jitter", () => {
    const bounds: readonly [Jitter, number][] = [
      ["full", 0],
      ["equal", 0.5],
    ];
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(lists, draws, fc.constantFrom(...bounds), (delaysMs, drawn, [jitter, low]) => {
        const listed = delaysMs[0] ?? 0;
        const delayMs = schedule(delaysMs, { jitter })({ rung: 1, random: drawing(drawn) });

        expect(delayMs).toBe(Math.round(listed * low + listed * (1 - low) * drawn));
      }),
    );
  });

  it("does not follow its list when that changes later", () => {
    const list = [1_000];
    const backoff = schedule(list);

    list[0] = 9_000;

    expect(backoff({ rung: 1, random: drawing(0) })).toBe(1_000);
  });

  it.each([
    () => schedule([]),
    () => schedule([1_000, Number.NaN]),
    () => schedule([-1]),
    () => schedule([1], { jitter: { proportional: 2 } }),
    // A JavaScript caller has no compiler that objects.
    () => schedule([1], Object.assign({}, { afterLast: "stop" } as object)),
  ])("refuses what makes no sense (%#)", (make) => {
    expect(make).toThrow(expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")));
  });
});

describe("an engine whose backoff has no more delays", () => {
  it("holds for an operator instead of waiting for ever", () => {
    const backoff = schedule([1_000], { afterLast: "give-up" });
    const run = new EngineRun(reconnectPolicy({ backoff }));

    run.act({ do: "close", cause: "unreachable" });
    expect(run.state.phase).toBe("waiting");
    run.act({ do: "fire" });
    run.act({ do: "close", cause: "unreachable" });

    expect(run.state).toMatchObject({ phase: "held", hold: { needs: "operator", untilMs: null } });
  });

  it("still holds after a crash while connecting", () => {
    const backoff = schedule([1_000], { afterLast: "give-up" });
    const run = new EngineRun(reconnectPolicy({ backoff }));

    run.act({ do: "crash" });
    expect(run.state.phase).toBe("waiting");
    run.act({ do: "fire" });
    run.act({ do: "crash" });

    expect(run.state).toMatchObject({ phase: "held", hold: { needs: "operator" } });
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    "never waits %d ms, whatever rule asked",
    (delayMs) => {
      const backoff = (): number => delayMs;
      const policy = { backoff, refused: { max: 9, backoff }, outdated: { backoff } };

      for (const cause of ["unreachable", "tls-error", "client-outdated"] as const) {
        const run = new EngineRun(reconnectPolicy(policy));
        run.act({ do: "close", cause });
        expect(run.state).toMatchObject({ phase: "held", hold: { untilMs: null } });
      }
    },
  );
});
