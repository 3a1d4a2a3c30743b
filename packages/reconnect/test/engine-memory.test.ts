import { hasCode } from "@motte/core/errors";
import { describe, expect, it } from "vitest";
import {
  type Effect,
  type PolicyOptions,
  type SavedState,
  constant,
  fibonacci,
  reconnectPolicy,
  simulate,
} from "@motte/reconnect";
import { EngineRun } from "./support/engine-run.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const started = (options: PolicyOptions = {}): EngineRun =>
  new EngineRun(reconnectPolicy({ backoff: fibonacci({ jitter: "none" }), ...options }));
const types = (run: EngineRun): readonly Effect["type"][] =>
  run.moments.flatMap(({ effects }) => effects.map(({ type }) => type));
const leftMs = (run: EngineRun): number =>
  (run.state.wait?.untilMs ?? run.state.hold?.untilMs ?? Number.NaN) - run.nowMs;

/** Opens, lasts for a while, and is closed. Says how long the wait is that follows. */
function lastAndClose(run: EngineRun, ms: number): number {
  run.act({ do: "fire" });
  run.act({ do: "open" });
  run.act({ do: "advance", ms });
  run.act({ do: "close", cause: "ack-owed" });
  return leftMs(run);
}

describe("a connection that opens and is lost again and again", () => {
  it("starts high on the ladder from the fifth time on, and is told of once", () => {
    const run = started();
    const waits = Array.from({ length: 7 }, () => lastAndClose(run, 10_000));

    expect(waits).toEqual([1_000, 1_000, 2_000, 3_000, 13_000, 21_000, 34_000]);
    expect(types(run).filter((type) => type === "flapping")).toHaveLength(1);
  });

  it("is told of again when it has been stable in between", () => {
    const run = started();
    for (let i = 0; i < 5; i++) lastAndClose(run, 1_000);
    lastAndClose(run, MINUTE_MS);
    lastAndClose(run, 1_000);

    expect(types(run).filter((type) => type === "flapping")).toHaveLength(2);
  });

  it("is not flapping when it happens rarely", () => {
    const run = started();
    for (let i = 0; i < 12; i++) {
      lastAndClose(run, 1_000);
      run.act({ do: "advance", ms: 5 * MINUTE_MS });
    }

    expect(types(run)).not.toContain("flapping");
  });
});

describe("a replaced connection", () => {
  it("stays away when it is another's turn, or nobody says whose it is", () => {
    for (const verdict of ["theirs", "unknown", undefined] as const) {
      const run = started();
      run.act({ do: "close", cause: "replaced" });
      if (verdict !== undefined) run.act({ do: "ownership", verdict });
      run.act({ do: "advance", ms: 100 * HOUR_MS });

      expect(run.state).toMatchObject({ phase: "held", hold: { needs: "ownership" } });
    }
  });

  it("takes over one to two minutes after it hears that it is its turn, with credentials read anew", () => {
    const run = started();
    run.act({ do: "close", cause: "replaced" });
    run.act({ do: "ownership", verdict: "mine" });
    run.act({ do: "advance", ms: MINUTE_MS - 1 });
    expect(run.state.phase).toBe("held");

    run.act({ do: "advance", ms: MINUTE_MS + 1 });
    expect(run.state.phase).toBe("connecting");
    const connect = run.moments.at(-1)?.effects.at(-1);
    expect(connect).toMatchObject({ type: "connect", reloadCredentials: true });
  });

  it("gives its turn back when it loses it while it waits", () => {
    const run = started();
    run.act({ do: "close", cause: "replaced" });
    run.act({ do: "ownership", verdict: "mine" });
    run.act({ do: "ownership", verdict: "theirs" });
    run.act({ do: "advance", ms: HOUR_MS });

    expect(run.state.hold).toMatchObject({ needs: "ownership", untilMs: null });
  });

  it("needs an operator when it would take over for the third time in ten minutes", () => {
    const run = started();
    for (let i = 0; i < 3; i++) {
      run.act({ do: "close", cause: "replaced" });
      run.act({ do: "ownership", verdict: "mine" });
      run.act({ do: "fire" });
    }

    expect(run.state.hold).toMatchObject({ needs: "operator", cause: "replaced", untilMs: null });
  });

  it("counts takeovers across processes, and does not put one off when it hears of its turn again", () => {
    const run = started();
    for (let i = 0; i < 3; i++) {
      run.act({ do: "close", cause: "replaced" });
      run.act({ do: "ownership", verdict: "mine" });
      const { hold } = run.state;
      run.act({ do: "advance", ms: 1_000 });
      run.act({ do: "ownership", verdict: "mine" });
      run.act({ do: "crash" });
      expect(run.state.hold).toEqual(hold);
      run.act({ do: "fire" });
    }

    expect(run.state.hold).toMatchObject({ needs: "operator", untilMs: null });
  });

  it("asks again in a new process", () => {
    const run = started();
    run.act({ do: "close", cause: "replaced" });
    run.act({ do: "crash" });

    expect(run.moments.at(-1)?.effects.map(({ type }) => type)).toContain("check-ownership");
  });
});

describe("a refused client version", () => {
  it("is looked up once, and another one is tried at once", () => {
    const run = started();
    run.act({ do: "close", cause: "client-outdated" });
    expect(types(run)).toContain("refresh-version");
    run.act({ do: "version", changed: true });
    expect(run.state.phase).toBe("connecting");

    run.act({ do: "close", cause: "client-outdated" });
    run.act({ do: "version", changed: true });
    expect(run.state).toMatchObject({ phase: "held", hold: { needs: "version" } });
    expect(types(run).filter((type) => type === "refresh-version")).toHaveLength(1);
  });

  it("waits for its next try when there is no other", () => {
    const run = started();
    run.act({ do: "close", cause: "client-outdated" });
    run.act({ do: "version", changed: false });

    expect(run.state.phase).toBe("held");
    expect(leftMs(run)).toBeGreaterThanOrEqual(7.5 * MINUTE_MS);
  });
});

describe("a machine without a network", () => {
  it("tries every five minutes, counts nothing, and connects soon when the network is back", () => {
    const run = started();
    run.act({ do: "network", online: false });
    for (let i = 0; i < 3; i++) {
      run.act({ do: "close", cause: "offline" });
      expect(leftMs(run)).toBe(5 * MINUTE_MS);
      run.act({ do: "fire" });
    }
    run.act({ do: "close", cause: "offline" });
    run.act({ do: "network", online: true });

    expect(leftMs(run)).toBeLessThanOrEqual(3_000);
    expect(run.state.attempt).toBe(0);
  });

  it("does not wait longer because the network is back", () => {
    const run = started({ offline: { spreadMs: HOUR_MS } });
    run.act({ do: "network", online: false });
    run.act({ do: "close", cause: "offline" });
    run.act({ do: "advance", ms: 5 * MINUTE_MS - 1 });
    run.act({ do: "network", online: true });

    expect(leftMs(run)).toBeLessThanOrEqual(1);
  });

  it("still waits as long as the server asked", () => {
    const run = started();
    run.act({ do: "network", online: false });
    run.act({ do: "close", cause: "edge-unavailable", retryAfterMs: 2 * MINUTE_MS });
    run.act({ do: "network", online: true });

    expect(leftMs(run)).toBe(2 * MINUTE_MS);
  });

  it("does not shorten a wait that has another reason", () => {
    const run = started({ backoff: constant(HOUR_MS) });
    run.act({ do: "close", cause: "service-unavailable" });
    run.act({ do: "network", online: false });
    run.act({ do: "network", online: true });

    expect(leftMs(run)).toBe(HOUR_MS);
  });
});

describe("an account that was never paired", () => {
  it("has its browser refused when it is closed three times before any QR code", () => {
    const run = started();
    for (let i = 0; i < 3; i++) {
      run.act({ do: "fire" });
      run.act({ do: "close", cause: "socket-closed", paired: false });
    }

    expect(run.state.last?.cause).toBe("bad-user-agent");
    expect(leftMs(run)).toBeGreaterThanOrEqual(30_000);
  });

  it("starts again when an operator resumes", () => {
    const run = started({ refused: { max: 1 } });
    for (let i = 0; i < 4; i++) {
      run.act({ do: "fire" });
      run.act({ do: "resume", force: false });
      run.act({ do: "close", cause: "stream-ended", paired: false });
    }

    expect(run.state.last?.cause).toBe("stream-ended");
  });

  it("is only closed when a QR code was shown, or when it is paired", () => {
    const run = started();
    for (let i = 0; i < 4; i++) {
      run.act({ do: "fire" });
      run.act({ do: "qr" });
      run.act({ do: "close", cause: "socket-closed", paired: false });
      run.act({ do: "fire" });
      run.act({ do: "close", cause: "socket-closed", paired: true });
    }

    expect(run.state.last?.cause).toBe("socket-closed");
  });
});

describe("an operator who resumes", () => {
  it.each([
    ["bad-user-agent", 5, "operator"],
    ["qr-expired", 3, "pairing"],
  ] as const)("after %s gives as many tries as at first", (cause, tries, needs) => {
    const run = started();
    for (let round = 0; round < 2; round++) {
      for (let i = 1; i < tries; i++) {
        run.act({ do: "close", cause });
        expect(run.state.phase).toBe("waiting");
        run.act({ do: "fire" });
      }
      run.act({ do: "close", cause });
      expect(run.state.hold).toMatchObject({ needs, untilMs: null });
      run.act({ do: "resume", force: false });
    }
  });

  it("after a refused version has another one looked for again", () => {
    const run = started();
    run.act({ do: "close", cause: "client-outdated" });
    run.act({ do: "version", changed: false });
    run.act({ do: "resume", force: false });
    run.act({ do: "close", cause: "client-outdated" });

    expect(types(run).filter((type) => type === "refresh-version")).toHaveLength(2);
  });
});

it("a backoff that wants no more tries is told of its last delay when an operator resumes", () => {
  const told: unknown[] = [];
  const run = started({
    backoff: ({ rung, previous }) => {
      told.push(previous);
      return rung === 2 ? Infinity : rung * 1_000;
    },
  });
  run.act({ do: "close", cause: "unreachable" });
  run.act({ do: "fire" });
  run.act({ do: "close", cause: "unreachable" });
  run.act({ do: "resume", force: false });
  run.act({ do: "close", cause: "unreachable" });

  const first = { rung: 1, delayMs: 1_000 };
  expect(told).toEqual([undefined, first, first]);
});

it("a timer that fires early makes no connection stable", () => {
  const run = started();
  run.act({ do: "close", cause: "unreachable" });
  run.act({ do: "fire" });
  run.act({ do: "open" });
  run.act({ do: "spurious" });

  expect(run.state).toMatchObject({ phase: "open", attempt: 1 });
});

describe("a limit on time", () => {
  it("counts from the first failure since the connection was stable", () => {
    const run = started({ backoff: constant(MINUTE_MS), maxElapsedMs: 3 * MINUTE_MS });
    for (let i = 0; i < 3; i++) {
      run.act({ do: "close", cause: "unreachable" });
      run.act({ do: "fire" });
    }
    lastAndClose(run, 2 * MINUTE_MS);
    expect(run.state).toMatchObject({ phase: "waiting", attempt: 1 });

    for (let i = 0; i < 3; i++) {
      run.act({ do: "fire" });
      run.act({ do: "close", cause: "unreachable" });
    }
    expect(run.state.hold).toMatchObject({ needs: "operator", cause: "unreachable" });
  });

  it("is not made longer by a clock that is set back", () => {
    const run = started({ backoff: constant(MINUTE_MS), maxElapsedMs: 2 * MINUTE_MS });
    run.act({ do: "close", cause: "unreachable" });
    run.act({ do: "set back", ms: HOUR_MS });
    run.act({ do: "crash" });
    for (let i = 0; i < 3; i++) {
      run.act({ do: "fire" });
      run.act({ do: "close", cause: "unreachable" });
    }

    expect(run.state.hold).toMatchObject({ needs: "operator" });
  });
});

describe("a program that is stopped and started again", () => {
  it("gets round neither a ban nor a wait", () => {
    for (const cause of ["temp-banned", "edge-unavailable"] as const) {
      const run = started();
      run.act({ do: "close", cause, retryAfterMs: HOUR_MS });
      const before = leftMs(run);
      run.act({ do: "deploy" });

      expect(leftMs(run)).toBe(before);
      expect(run.state.phase).not.toBe("connecting");
    }
  });

  it("keeps the end of a ban, even when the clock was set back", () => {
    const run = started();
    run.act({ do: "close", cause: "temp-banned", retryAfterMs: HOUR_MS });
    const { hold } = run.state;
    run.act({ do: "set back", ms: 10 * MINUTE_MS });
    run.act({ do: "deploy" });

    expect(run.state.hold?.untilMs).toBe(hold?.untilMs);
  });

  it("says again what it waits for", () => {
    const run = started();
    run.act({ do: "close", cause: "logged-out" });
    run.act({ do: "deploy" });

    expect(run.moments.at(-1)?.effects).toContainEqual(
      expect.objectContaining({ type: "hold", credentials: "revoked" }),
    );
  });
});

describe("a kept state", () => {
  const policy = reconnectPolicy();
  const environment = { nowMs: 0, monotonicMs: 0, random: { next: () => 0 } };
  const kept = policy.toJSON(policy.initial);

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["a text", JSON.stringify(kept)],
    ["a missing field", { ...kept, connects: undefined }],
    ["a negative count", { ...kept, attempt: -1 }],
    ["an unknown phase", { ...kept, phase: "asleep" }],
    ["a wait without its phase", { ...kept, phase: "waiting" }],
    ["a hold without its phase", { ...kept, phase: "held" }],
    ["an earlier version", { ...kept, v: 0 }],
  ])("that is %s is refused with advice", (_what, json) => {
    expect(() => policy.fromJSON(json, environment)).toThrow(
      expect.toSatisfy(
        (error) => hasCode(error, "RECONNECT_STATE_INVALID") && error.message.includes("remove it"),
      ),
    );
  });

  it("of a newer release is refused as that", () => {
    expect(() => policy.fromJSON({ v: 2 }, environment)).toThrow(
      expect.toSatisfy((error) => hasCode(error, "RECONNECT_STATE_NEWER")),
    );
  });

  it("starts where it was kept", () => {
    const saved: SavedState = JSON.parse(JSON.stringify(kept));

    expect(policy.fromJSON(saved, environment)).toEqual(policy.initial);
  });
});

describe("a simulation", () => {
  it("plays networks, turns and versions", () => {
    const { lines } = simulate({ backoff: fibonacci({ jitter: "none" }) }, [
      { do: "offline" },
      { do: "close", because: "offline" },
      { do: "online", afterMs: 10_000 },
      { do: "close", because: "client-outdated" },
      { do: "version", changed: true, afterMs: 2_000 },
      { do: "close", because: "replaced" },
      { do: "ownership", verdict: "mine", afterMs: 1_000 },
      { do: "pass", afterMs: 2 * MINUTE_MS },
    ]);

    expect(lines.map((line) => line.trim().split("  ")[1])).toEqual([
      "connects (generation 1)",
      "has no network",
      expect.stringMatching(/^is closed: offline/),
      "waits 0:05:00.000 (offline, attempt 0)",
      "has a network again",
      expect.stringMatching(/^waits 0:00:0\d\.\d{3} \(online, attempt 0\)$/),
      "connects (generation 2)",
      expect.stringMatching(/^is closed: client-outdated/),
      expect.stringMatching(/^holds until .* \(needs version\)$/),
      "looks for another client version",
      "hears of another client version",
      "connects (generation 3)",
      expect.stringMatching(/^is closed: replaced/),
      expect.stringMatching(/^gives up \(needs ownership, credentials: keep\)/),
      "asks whose turn it is",
      "hears whose turn it is: mine",
      expect.stringMatching(/^holds until .* \(needs ownership\)$/),
      "connects (generation 4) with credentials read anew",
    ]);
  });

  it.each([{ do: "ownership", verdict: "ours" }, { do: "version" }])("refuses %j", (step) => {
    expect(() => simulate({}, [step as { do: "pass"; afterMs: 0 }])).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")),
    );
  });
});
