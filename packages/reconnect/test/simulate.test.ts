import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DisconnectCause,
  type PolicyOptions,
  type ReconnectPolicy,
  type ScriptStep,
  type SimulationResult,
  causes,
  classify,
  exponential,
  reconnectPolicy,
  simulate,
} from "@motte/reconnect";

const plain: PolicyOptions = { backoff: exponential({ jitter: "none" }) };
const close = (because: DisconnectCause, afterMs = 0): ScriptStep => ({
  do: "close",
  because,
  afterMs,
});
const open: ScriptStep = { do: "open" };

const connectTimes = ({ timeline }: SimulationResult): number[] =>
  timeline.filter(({ type }) => type === "connect").map(({ atMs }) => atMs);

describe("simulate", () => {
  it("tells what a policy does, line by line", () => {
    const { lines } = simulate(plain, [
      close("unreachable"),
      { do: "open", afterMs: 400 },
      close("restart-required", 60_000),
      close("device-removed", 2_000),
    ]);

    expect(lines).toEqual([
      "0:00:00.000  connects (generation 1)",
      "0:00:00.000  is closed: unreachable (408)",
      "0:00:00.000  waits 0:00:01.000 (back-off, attempt 1)",
      "0:00:01.000  connects (generation 2)",
      "0:00:01.400  is open",
      "0:01:01.400  is stable: failures are forgotten",
      "0:01:01.400  is closed after 0:01:00.000 open: restart-required (515)",
      "0:01:01.400  waits 0:00:00.000 (restart, attempt 0)",
      "0:01:01.400  connects (generation 3)",
      "0:01:03.400  is closed: device-removed (401)",
      "0:01:03.400  gives up (needs pairing, credentials: revoked). This device was removed from the account's " +
        "linked devices. Waits until the device is paired again. The old credentials are not deleted.",
    ]);
  });

  it("makes the same waits as the ladder it simulates", () => {
    const result = simulate(
      plain,
      Array.from({ length: 5 }, () => close("unreachable")),
    );

    expect(connectTimes(result)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(result.state.wait?.untilMs).toBe(31_000);
  });

  it("leaves out what needs a connection once nothing connects any more, until an operator resumes", () => {
    const result = simulate(plain, [
      close("replaced"),
      open,
      close("unreachable"),
      { do: "resume", afterMs: 5_000 },
      open,
      open,
    ]);

    expect(result.leftOut).toBe(3);
    expect(connectTimes(result)).toEqual([0, 5_000]);
    expect(result.state.phase).toBe("open");
  });

  it("waits out a ban, which a plain resume does not shorten", () => {
    const ban = classify({
      message: "Connection Failure",
      output: { statusCode: 402 },
      data: { reason: "402", expire: "600" },
    });
    const script: ScriptStep[] = [
      { do: "close", because: ban },
      { do: "resume", afterMs: 1_000 },
      open,
    ];

    expect(connectTimes(simulate({ ban: { slackMs: 0 } }, script))).toEqual([0, 600_000]);
    expect(
      connectTimes(simulate({}, [...script.slice(0, 1), { do: "resume", force: true }])),
    ).toEqual([0, 0]);
  });

  it("counts a process that dies while connecting, and starts from what was persisted", () => {
    const result = simulate(plain, [{ do: "crash" }, { do: "crash", afterMs: 1_000 }, open]);

    expect(connectTimes(result)).toEqual([0, 1_000, 3_000]);
    expect(result.timeline.map(({ type }) => type).join(" ")).toBe(
      "connect crash wait connect crash wait connect open",
    );
  });

  it("stops for good when the script says so", () => {
    const result = simulate(plain, [open, { do: "stop", afterMs: 10 }, close("unreachable")]);

    expect(result.timeline.at(-1)).toMatchObject({ type: "stopped", atMs: 10, phase: "stopped" });
    expect(result.leftOut).toBe(1);
  });

  it("draws its jitter from the seed", () => {
    const script = [close("unreachable"), close("unreachable")];

    expect(simulate({}, script, { seed: "a" })).toEqual(simulate({}, script, { seed: "a" }));
    expect(simulate({}, script, { seed: "a" })).not.toEqual(simulate({}, script, { seed: "b" }));
  });

  it("cuts off a policy that plans without end", () => {
    const sane = reconnectPolicy();
    let asked = 0;
    const restless: ReconnectPolicy = {
      ...sane,
      reduce: (state) => {
        asked++;
        return { state, effects: [{ type: "arm-timer", delayMs: 0 }] };
      },
    };

    const result = simulate(restless, [{ do: "pass", afterMs: 1 }, open], { mostEvents: 50 });

    expect(result).toMatchObject({ cutOff: true, connects: 0 });
    expect(asked).toBe(50);
    expect(simulate(sane, [open]).cutOff).toBe(false);
  });

  it.each([
    [[{ do: "close", because: "bored" }]],
    [[{ do: "dance" }]],
    [[{ do: "pass", afterMs: -1 }]],
    [[{ do: "open", afterMs: Number.NaN }]],
  ])("refuses a script that cannot be played: %j", (script) => {
    // As a script read from a file would come, without a compiler that objects.
    const unchecked = script as unknown as ScriptStep[];

    expect(() => simulate({}, unchecked)).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")),
    );
  });
});

it("ends although a time with a fraction leaves the stable timer next to nothing to wait for", () => {
  const script = [
    { do: "close", because: "connection-lost", afterMs: 20_667 },
    { do: "resume", afterMs: 185_490 },
    { do: "close", because: "temp-banned", afterMs: 88_183 },
    { do: "open", afterMs: 125_858 },
    { do: "pass", afterMs: 60_001 },
  ] as const;

  const { cutOff, state } = simulate({}, script, { seed: 1_877_399_272 });

  expect(cutOff).toBe(false);
  expect(state.phase).toBe("stable");
});

describe("any simulation", () => {
  const causeNames = Object.keys(causes) as DisconnectCause[];
  const afterMs = fc.integer({ min: 0, max: 200_000 });
  const step: fc.Arbitrary<ScriptStep> = fc.oneof(
    fc.record({ do: fc.constantFrom("open", "qr", "paired", "crash", "pass"), afterMs }),
    fc.record({ do: fc.constant("close"), because: fc.constantFrom(...causeNames), afterMs }),
    fc.record({ do: fc.constant("close"), because: fc.constantFrom(...causeNames), afterMs }),
    fc.record({ do: fc.constant("resume"), force: fc.boolean(), afterMs }),
  ) as fc.Arbitrary<ScriptStep>;
  const scripts = fc.array(step, { maxLength: 20 });

  it("is JSON, repeats itself, never goes back in time and connects once between two ends", () => {
    fc.assert(
      fc.property(scripts, fc.nat(), (script, seed) => {
        const result = simulate({}, script, { seed });

        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        expect(simulate({}, script, { seed })).toEqual(result);
        expect(result.lines).toHaveLength(result.timeline.length);
        let live = 0;
        let nowMs = 0;
        for (const entry of result.timeline) {
          expect(entry.atMs).toBeGreaterThanOrEqual(nowMs);
          nowMs = entry.atMs;
          if (entry.type === "connect") live++;
          if (entry.type === "close" || entry.type === "crash") live = 0;
          expect(live).toBeLessThanOrEqual(1);
        }
        expect(result.cutOff).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("connects after a wait exactly when the wait is over", () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const { timeline } = simulate({}, script);

        timeline.forEach((entry, index) => {
          const next = timeline[index + 1];
          if (entry.type !== "wait" || next?.type !== "connect") return;
          expect(next.atMs).toBe(entry.atMs + entry.delayMs);
        });
      }),
      { numRuns: 60 },
    );
  });
});
