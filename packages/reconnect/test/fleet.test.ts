import { ManualClock } from "@motte/core/manual-clock";
import {
  type AdmissionLane,
  type AdmissionRequest,
  type AdmissionTicket,
  type Disconnect,
  type DisconnectCause,
  type FleetOptions,
  fleet,
} from "@motte/reconnect";
import { describe, expect, it } from "vitest";

const because = (cause: DisconnectCause): Disconnect => ({
  cause,
  origin: "unknown",
  credentials: "keep",
  message: "",
});

/** A fleet on a clock of its own, with everything that it let in. */
function fleetOn(clock: ManualClock, options: FleetOptions = {}) {
  const made = fleet({ ...options, clock });
  const letIn: { id: string; atMs: number; ticket: AdmissionTicket }[] = [];
  const follow = async (request: AdmissionRequest): Promise<void> => {
    const ticket = await made.acquire(request);
    letIn.push({ id: request.id, atMs: clock.monotonic(), ticket });
  };
  const ask = (id: string, lane: AdmissionLane = "reconnect", key = "default"): void => {
    void follow({ id, lane, key });
  };
  return { fleet: made, letIn, ask, idsIn: () => letIn.map(({ id }) => id) };
}

describe("a fleet", () => {
  it("spreads a thousand accounts that were dropped together", async () => {
    const clock = new ManualClock();
    const { letIn, ask } = fleetOn(clock, { maxHandshakes: 1_000 });
    for (let account = 0; account < 1_000; account++) ask(`a${account}`);
    await clock.advance(198_000);

    expect(letIn).toHaveLength(1_000);
    expect(letIn.filter(({ atMs }) => atMs < 1_000)).toHaveLength(14);
    expect(letIn.filter(({ atMs }) => atMs >= 100_000 && atMs < 101_000)).toHaveLength(5);
  });

  it("lets only so many handshakes run at once, and the next when one is over", async () => {
    const clock = new ManualClock();
    const { letIn, ask, idsIn } = fleetOn(clock, { maxHandshakes: 2 });
    for (const id of ["a", "b", "c"]) ask(id);
    await clock.advance(60_000);
    expect(idsIn()).toEqual(["a", "b"]);

    letIn[0]?.ticket.release("opened");
    letIn[0]?.ticket.release("opened");
    await clock.advance(0);
    expect(idsIn()).toEqual(["a", "b", "c"]);
  });

  it("serves a pairing before a restart before the rest, and each lane in order", async () => {
    const clock = new ManualClock();
    const { ask, idsIn } = fleetOn(clock, { ratePerSecond: 1, burst: 1 });
    ask("first");
    for (const lane of ["probe", "boot", "reconnect", "restart", "pairing"] as const) {
      ask(`${lane} 1`, lane);
      ask(`${lane} 2`, lane);
    }
    await clock.advance(10_000);

    expect(idsIn()).toEqual([
      "first",
      "pairing 1",
      "pairing 2",
      "restart 1",
      "restart 2",
      "reconnect 1",
      "reconnect 2",
      "boot 1",
      "boot 2",
      "probe 1",
      "probe 2",
    ]);
  });

  it("counts each egress for itself", async () => {
    const clock = new ManualClock();
    const { ask, idsIn } = fleetOn(clock, { burst: 1, ratePerSecond: 1 });
    for (const id of ["a", "b"]) ask(id, "reconnect", "one");
    ask("c", "reconnect", "two");
    await clock.advance(0);

    expect(idsIn()).toEqual(["a", "c"]);
  });

  it.each(["rate-limited", "service-unavailable", "edge-refused", "edge-unavailable"] as const)(
    "halves the rate of an egress after %s, and recovers slowly",
    async (cause) => {
      const clock = new ManualClock();
      const made = fleet({ clock });
      const rate = (key: string): number | undefined =>
        made.snapshot().egresses.find((each) => each.key === key)?.ratePerSecond;
      for (let times = 0; times < 50; times++) {
        // One trouble that shows many times is one trouble.
        made.report({ id: "a", key: "one", disconnect: because(cause) });
      }
      expect(rate("one")).toBe(2.5);

      await clock.advance(60_000);
      expect(rate("one")).toBeCloseTo(3, 6);
      await clock.advance(240_000);
      expect(rate("one")).toBeCloseTo(5, 6);
    },
  );

  it("never slows an egress down to nothing", async () => {
    const clock = new ManualClock();
    const made = fleet({ clock, recoverMs: 1e9 });
    for (let times = 0; times < 50; times++) {
      made.report({ id: "a", disconnect: because("rate-limited") });
      await clock.advance(5_000);
    }

    expect(made.snapshot().egresses[0]?.ratePerSecond).toBeGreaterThan(0.099);
  });

  it("takes the trouble of five accounts for everybody's, and sends one at a time to see", async () => {
    const clock = new ManualClock();
    const { fleet: made, letIn, ask, idsIn } = fleetOn(clock);
    for (let account = 0; account < 30; account++) ask(`open ${account}`, "boot");
    await clock.advance(60_000);
    for (const { ticket } of letIn) ticket.release("opened");
    await clock.advance(60_000);
    for (const { ticket } of letIn.splice(0)) ticket.release("opened");
    for (let account = 0; account < 4; account++) {
      made.report({ id: `open ${account}`, disconnect: because("client-outdated") });
    }
    expect(made.snapshot().breakers).toEqual([]);
    made.report({ id: "open 4", disconnect: because("client-outdated") });
    expect(made.snapshot().breakers).toEqual([
      { name: "client-outdated", openForMs: 0, probing: false },
    ]);

    for (const id of ["a", "b", "c"]) ask(id);
    await clock.advance(4_999);
    expect(idsIn()).toEqual([]);
    await clock.advance(1);
    expect(idsIn()).toEqual(["a"]);
    await clock.advance(600_000);
    expect(idsIn()).toEqual(["a"]);

    // It is not over, so the next one tries after twice the time.
    letIn[0]?.ticket.release("failed", because("client-outdated"));
    await clock.advance(9_999);
    expect(idsIn()).toEqual(["a"]);
    await clock.advance(1);
    expect(idsIn()).toEqual(["a", "b"]);

    // What happens to the canary alone says nothing about the others.
    letIn[1]?.ticket.release("failed", because("socket-closed"));
    await clock.advance(0);
    expect(idsIn()).toEqual(["a", "b", "c"]);
    expect(made.snapshot().breakers[0]?.probing).toBe(true);
    letIn[2]?.ticket.release("opened");
    expect(made.snapshot().breakers).toEqual([]);
  });

  it("does not take one account for everybody, nor troubles that lie far apart", async () => {
    const clock = new ManualClock();
    const made = fleet({ clock });
    for (let times = 0; times < 10; times++) {
      made.report({ id: "a", disconnect: because("service-unavailable") });
    }
    expect(made.snapshot().breakers).toEqual([]);

    await clock.advance(60_000);
    made.report({ id: "b", disconnect: because("service-unavailable") });
    expect(made.snapshot().breakers).toEqual([]);
    made.report({ id: "a", disconnect: because("service-unavailable") });
    expect(made.snapshot().breakers).toHaveLength(1);
  });

  it("lets an egress that works go on while another is offline", async () => {
    const clock = new ManualClock();
    const { fleet: made, ask, idsIn } = fleetOn(clock);
    for (const id of ["a", "b"]) {
      made.report({ id, key: "one", disconnect: because("offline") });
    }
    ask("a", "reconnect", "one");
    ask("c", "reconnect", "two");
    await clock.advance(0);

    expect(idsIn()).toEqual(["c"]);
  });

  it("gives a place up when the signal aborts, with its reason", async () => {
    const clock = new ManualClock();
    const made = fleet({ clock, maxHandshakes: 1 });
    await made.acquire({ id: "a", lane: "boot" });
    const controller = new AbortController();
    const waiting = made.acquire({ id: "b", lane: "boot", signal: controller.signal });
    const reason = new Error("stopped");
    controller.abort(reason);

    await expect(waiting).rejects.toBe(reason);
    await expect(made.acquire({ id: "c", lane: "boot", signal: controller.signal })).rejects.toBe(
      reason,
    );
    expect(made.snapshot().waiting.boot).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("shows itself as plain JSON", async () => {
    const clock = new ManualClock();
    const { fleet: made, letIn, ask } = fleetOn(clock, { burst: 1 });
    for (const id of ["a", "b"]) ask(id);
    await clock.advance(200);
    letIn[0]?.ticket.release("opened");
    const snapshot = made.snapshot();

    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({
      accounts: 2,
      open: 1,
      underWay: 1,
      granted: 2,
      released: { opened: 1, failed: 0, aborted: 0 },
      longestWaitMs: 200,
    });
  });

  it("forgets egresses that are as new", async () => {
    const clock = new ManualClock();
    const { fleet: made, letIn, ask } = fleetOn(clock);
    for (let proxy = 0; proxy < 100; proxy++) {
      ask(`a${proxy}`, "reconnect", `proxy ${proxy}`);
      await clock.advance(1_000);
      letIn.pop()?.ticket.release("opened");
    }

    expect(made.snapshot().egresses.length).toBeLessThan(5);
  });

  const misspelt: object = { rate: 5 };

  it.each<[FleetOptions, string]>([
    [{ ratePerSecond: 0 }, "ratePerSecond"],
    [{ ratePerSecond: Number.NaN }, "ratePerSecond"],
    [{ burst: 0 }, "burst"],
    [{ maxHandshakes: 1.5 }, "maxHandshakes"],
    [{ breaker: { share: 2 } }, "breaker.share"],
    [{ breaker: { probeMs: 10, maxProbeMs: 5 } }, "breaker.maxProbeMs"],
    [misspelt, 'no option "rate"'],
  ])("refuses %j", (options, words) => {
    expect(() => fleet(options)).toThrow(words);
  });
});
