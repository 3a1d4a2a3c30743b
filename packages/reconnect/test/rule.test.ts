import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DisconnectCause,
  type HoldNeed,
  type Rule,
  type RuleVerdict,
  causes,
  reconnectPolicy,
  simulate,
  supervise,
} from "@motte/reconnect";
import type { FakeSocket } from "./support/fake-socket.ts";
import { EngineRun, disconnectOf } from "./support/engine-run.ts";

const names = Object.keys(causes) as DisconnectCause[];
const after = (rule: Rule, cause: DisconnectCause, retryAfterMs?: number): EngineRun => {
  const run = new EngineRun(reconnectPolicy({ rule, ban: { slackMs: 0 } }));
  const { generation } = run.state;
  run.send({
    type: "closed",
    generation,
    disconnect: disconnectOf(cause, retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return run;
};
const noSocket = (): FakeSocket => {
  throw new Error("no socket");
};
const eager: Rule = () => ({ do: "retry", delayMs: 0 });
const waitMs = ({ state, nowMs }: EngineRun): number => (state.wait?.untilMs ?? Infinity) - nowMs;

describe("a rule", () => {
  it("keeps the default wherever it returns nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), (cause, seed) => {
        const script = [{ do: "close", because: cause } as const, { do: "open" } as const];

        expect(simulate({ rule: () => undefined }, script, { seed })).toEqual(
          simulate({}, script, { seed }),
        );
      }),
    );
  });

  it.each<[DisconnectCause, RuleVerdict, object]>([
    ["replaced", { do: "retry", delayMs: 90_000 }, { phase: "waiting", attempt: 1 }],
    ["replaced", { do: "retry", delayMs: 9, counted: false }, { phase: "waiting", attempt: 0 }],
    ["tls-error", { do: "back-off" }, { phase: "waiting", attempt: 1, rung: 1 }],
    ["unreachable", { do: "hold", needs: "operator" }, { hold: { untilMs: null } }],
    ["unreachable", { do: "hold", needs: "time", untilMs: 5 }, { hold: { untilMs: 5 } }],
    ["unreachable", { do: "stop" }, { phase: "stopped" }],
  ])("decides about %s in place of the default: %j", (cause, verdict, state) => {
    const run = after(() => verdict, cause);

    expect(run.state).toMatchObject(state);
    expect(waitMs(run)).toSatisfy((ms) => verdict.do !== "retry" || ms === verdict.delayMs);
  });

  it("that holds for ownership has it asked for", () => {
    const run = after(() => ({ do: "hold", needs: "ownership" }), "unreachable");
    const asked = run.moments.at(-1)?.effects.map(({ type }) => type);

    expect(asked).toContain("check-ownership");
  });

  it("sees the disconnect, the state and the moment", () => {
    const seen: unknown[] = [];
    const run = after((disconnect, state, environment) => {
      seen.push(disconnect.cause, state.last?.cause, environment.nowMs);
      return undefined;
    }, "zombie");

    expect(seen).toEqual(["zombie", "zombie", run.nowMs]);
  });

  it("is not asked when the program itself ended the connection", () => {
    expect(after(eager, "local-stop").state.phase).toBe("stopped");
    expect(after(eager, "local-logout").state.phase).toBe("stopped");
  });

  it("cannot come back sooner than a Retry-After says", () => {
    expect(waitMs(after(() => ({ do: "retry", delayMs: 5 }), "edge-unavailable", 7_000))).toBe(
      7_000,
    );
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("broken rule");
      },
    ],
    ["asks for a time that is none", () => ({ do: "retry", delayMs: Number.NaN }) as const],
    ["asks for what nobody knows", () => JSON.parse(`{"do":"dance"}`) as RuleVerdict],
    ["answers null", () => JSON.parse("null") as RuleVerdict],
  ])("that %s leaves the decision to the default, and is heard of", (_, rule) => {
    const run = after(rule, "unreachable");

    const failed = run.moments.at(-1)?.effects[0];
    expect(failed).toMatchObject({ type: "rule-failed", error: expect.any(Error) });
    expect(run.state).toMatchObject({ phase: "waiting", rung: 1 });
    const { timeline } = simulate({ rule }, [{ do: "close", because: "unreachable" }]);
    expect(timeline.map(({ type }) => type)).toEqual(["connect", "close", "rule-failed", "wait"]);
  });

  it("that throws is heard of at the supervisor, which goes on", async () => {
    const broken = new Error("broken rule");
    const rule: Rule = () => {
      throw broken;
    };
    const supervisor = supervise(noSocket, { policy: { rule }, clock: new ManualClock() });
    const errors: unknown[] = [];
    supervisor.onInternalError(({ where, error }) => errors.push([where, error]));
    const retrying = new Promise((resolve) => supervisor.onRetry(resolve));

    await supervisor.start();
    await retrying;
    await supervisor.stop();

    expect(errors).toContainEqual(["rule", broken]);
  });

  it("must be a function", () => {
    // A JavaScript caller has no compiler that objects.
    const rule = JSON.parse(`"no"`) as Rule;

    expect(() => reconnectPolicy({ rule })).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")),
    );
  });
});

describe("whatever a rule says", () => {
  const needs = fc.constantFrom<HoldNeed>("operator", "pairing", "version", "time");
  const times = fc.integer({ min: 0, max: 1_800_000_000_000 });
  const verdicts: fc.Arbitrary<RuleVerdict | undefined> = fc.oneof(
    fc.record({ do: fc.constant("retry" as const), delayMs: fc.nat(2_000_000) }),
    fc.record({ do: fc.constant("hold" as const), needs, untilMs: times }),
    fc.record({ do: fc.constant("hold" as const), needs }),
    fc.constantFrom({ do: "back-off" } as const, { do: "stop" } as const, undefined),
  );

  it("nothing connects by itself with credentials that were revoked", () => {
    const revoked = names.filter((cause) => causes[cause].credentials === "revoked");
    fc.assert(
      fc.property(fc.constantFrom(...revoked), verdicts, (cause, verdict) => {
        const last = after(() => verdict, cause).moments.at(-1);

        expect(last?.timerArmed).toBe(false);
        expect(last?.after.phase).toMatch(/^(?:held|stopped)$/);
      }),
    );
  });

  it("nothing connects before the end of a ban", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), verdicts, (banMs, verdict) => {
        const { state, nowMs } = after(() => verdict, "temp-banned", banMs);
        const earliestMs = state.hold?.untilMs ?? state.wait?.untilMs ?? Infinity;

        expect(earliestMs).toBeGreaterThanOrEqual(nowMs + banMs);
      }),
    );
  });
});
