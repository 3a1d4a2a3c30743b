import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DisconnectCause,
  type PolicyOptions,
  constant,
  fibonacci,
  reconnectPolicy,
} from "@motte/reconnect";
import { EngineRun } from "./support/engine-run.ts";

const HOUR_MS = 3_600_000;
const started = (options: PolicyOptions = {}): EngineRun =>
  new EngineRun(reconnectPolicy({ backoff: fibonacci({ jitter: "none" }), ...options }));

/** Fails with the cause, waits as told, and fails again. Says how long each wait was. */
function fail(run: EngineRun, cause: DisconnectCause, times: number): number[] {
  const waits: number[] = [];
  for (let i = 0; i < times; i++) {
    run.act({ do: "close", cause });
    waits.push((run.state.wait?.untilMs ?? Number.NaN) - run.nowMs);
    run.act({ do: "fire" });
  }
  return waits;
}

describe("the ladder", () => {
  it("climbs with every failure and starts again after a stable connection", () => {
    const run = started();

    expect(fail(run, "socket-closed", 5)).toEqual([1_000, 1_000, 2_000, 3_000, 5_000]);
    run.act({ do: "open" });
    run.act({ do: "advance", ms: 60_000 });
    expect(run.state.phase).toBe("stable");
    expect(fail(run, "socket-closed", 1)).toEqual([1_000]);
  });

  it("goes on climbing after a connection that was only short", () => {
    const run = started();

    fail(run, "socket-closed", 4);
    run.act({ do: "open" });
    run.act({ do: "advance", ms: 59_999 });
    expect(fail(run, "socket-closed", 1)).toEqual([5_000]);
  });

  it("does not take the sleep of a machine for a stable connection", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 0, max: 59_999 }),
        fc.integer({ min: 60_000, max: 300_000_000 }),
        (failures, upMs, asleepMs) => {
          const run = started();
          fail(run, "offline", failures);
          run.act({ do: "open" });
          run.act({ do: "advance", ms: upMs });
          run.act({ do: "sleep", ms: asleepMs });
          run.act({ do: "close", cause: "connection-lost" });

          expect(run.state.attempt).toBe(failures + 1);
        },
      ),
    );
  });

  it("does not wait longer because the wall clock was set back", () => {
    const run = started();
    run.act({ do: "close", cause: "socket-closed" });
    run.act({ do: "set back", ms: HOUR_MS });
    run.act({ do: "advance", ms: 1_000 });

    expect(run.state.phase).toBe("connecting");
  });

  it("ends at an operator when attempts are limited, and none means none", () => {
    const two = started({ maxAttempts: 2 });
    fail(two, "unreachable", 3);
    expect(two.state.hold).toMatchObject({
      needs: "operator",
      cause: "unreachable",
      untilMs: null,
    });

    const none = started({ maxAttempts: 0 });
    fail(none, "unreachable", 1);
    expect(none.state.phase).toBe("held");
  });

  it("bounds the connects of a process that dies at once, again and again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 40 }), fc.nat(), (crashes, seed) => {
        const run = new EngineRun(reconnectPolicy(), seed);
        for (let i = 0; i < crashes; i++) {
          run.act({ do: "advance", ms: 1_000 });
          run.act({ do: "crash" });
        }
        // Each crash while connecting climbs a rung, whose wait is at least half of what it says.
        let [rungs, neededMs, a, b] = [0, 0, 500, 500];
        while (neededMs < crashes * 1_000) {
          neededMs += a;
          [a, b] = [b, a + b];
          rungs++;
        }

        expect(run.state.generation).toBeLessThanOrEqual(rungs + 2);
      }),
    );
  });
});

describe("a server that asks to slow down", () => {
  it("adds five rungs for each hit of the last hour, even after a stable connection", () => {
    const run = started();

    expect(fail(run, "rate-limited", 1)).toEqual([8_000]);
    run.act({ do: "open" });
    run.act({ do: "advance", ms: 120_000 });
    expect(fail(run, "rate-limited", 1)).toEqual([89_000]);
    run.act({ do: "open" });
    run.act({ do: "advance", ms: HOUR_MS });
    expect(fail(run, "socket-closed", 1)).toEqual([1_000]);
  });

  it("is not asked again before its Retry-After, but never for more than a day", () => {
    const run = started();
    run.act({ do: "close", cause: "edge-unavailable", retryAfterMs: 90_000 });
    expect(run.state.wait?.untilMs).toBe(run.nowMs + 90_000);

    run.act({ do: "fire" });
    run.act({ do: "close", cause: "edge-unavailable", retryAfterMs: 48 * HOUR_MS });
    expect(run.state.wait?.untilMs).toBe(run.nowMs + 24 * HOUR_MS);
  });
});

describe("a ban", () => {
  it("of 40 days is waited out to its end", () => {
    const banMs = 40 * 24 * HOUR_MS;
    const run = started({ ban: { slackMs: 0 } });
    run.act({ do: "close", cause: "temp-banned", retryAfterMs: banMs });
    run.act({ do: "advance", ms: banMs - 1 });
    expect(run.state.phase).toBe("held");

    run.act({ do: "advance", ms: 1 });
    expect(run.state.phase).toBe("connecting");
  });

  it("without an end lasts six hours and some", () => {
    const run = started();
    run.act({ do: "close", cause: "temp-banned" });

    expect(run.state.hold?.untilMs).toBeGreaterThan(run.nowMs + 6 * HOUR_MS);
  });

  it("is over when the machine wakes after its end, without another wait", () => {
    const run = started();
    run.act({ do: "close", cause: "temp-banned", retryAfterMs: HOUR_MS });
    run.act({ do: "sleep", ms: 3 * HOUR_MS });
    run.act({ do: "spurious" });

    expect(run.state.phase).toBe("connecting");
  });
});

describe("a refused client version", () => {
  it("is tried a quarter of an hour later, then half an hour later, and not more often", () => {
    const run = started({
      outdated: { backoff: fibonacci({ baseMs: 900_000, capMs: 6 * HOUR_MS, jitter: "none" }) },
    });
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      run.act({ do: "close", cause: "client-outdated" });
      waits.push((run.state.hold?.untilMs ?? 0) - run.nowMs);
      run.act({ do: "fire" });
    }

    expect(waits).toEqual([900_000, 900_000, 1_800_000]);
    // The first is a failure, the others are probes.
    expect(run.state.attempt).toBe(1);
  });
});

describe("resume", () => {
  it("leaves a hold at once and starts its counts again", () => {
    const run = started();
    run.act({ do: "close", cause: "logged-out" });
    run.act({ do: "resume", force: false });

    expect(run.state).toMatchObject({ phase: "connecting", hold: null, attempt: 0 });
  });

  it("does not wait for the rest of a delay", () => {
    const run = started();
    run.act({ do: "close", cause: "unreachable" });
    run.act({ do: "resume", force: false });

    expect(run.state.phase).toBe("connecting");
  });

  it("respects the connect budget unless forced", () => {
    const run = started({ budget: { max: 1, windowMs: HOUR_MS }, backoff: constant(0) });
    run.act({ do: "close", cause: "replaced" });
    run.act({ do: "resume", force: false });
    expect(run.state).toMatchObject({ phase: "waiting" });
    expect(run.state.wait?.untilMs).toBe(run.nowMs + HOUR_MS);

    run.act({ do: "resume", force: true });
    expect(run.state.phase).toBe("connecting");
  });
});

describe("a policy", () => {
  it.each<PolicyOptions>([
    { stableAfterMs: -1 },
    { maxAttempts: 1.5 },
    { budget: { max: 0, windowMs: 1 } },
    { pairing: { windows: 0 } },
    { restart: { max: -1, windowMs: 1 } },
  ])("refuses %j", (options) => {
    expect(() => reconnectPolicy(options)).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")),
    );
  });

  it("refuses an option it does not know", () => {
    const misspelt = { maxAttempts: 1, stableAfterMS: 1 };

    expect(() => reconnectPolicy(misspelt)).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_UNKNOWN_OPTION")),
    );
  });
});
