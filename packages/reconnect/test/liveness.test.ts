import { systemClock } from "@motte/core/clock";
import { describe, expect, it } from "vitest";
import { fakeStage } from "./support/fake-stage.ts";
import { record } from "./support/next.ts";
import { startProgram } from "./support/program.ts";

const HOUR_MS = 3_600_000;
const frame = { tag: "ib", attrs: {} };

describe("after the machine has slept", () => {
  it("asks the peer, and makes a connection anew that does not answer", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock, sockets } = stage;
    const closes = record(supervisor.onClose);
    const sock = await stage.open();
    await clock.advance(5_000);
    expect(sock.sent).toEqual([]);
    clock.jumpWall(8 * HOUR_MS);
    await clock.advance(5_000);

    expect(sock.sent).toMatchObject([
      { tag: "iq", attrs: { type: "get", xmlns: "w:p" }, content: [{ tag: "ping" }] },
    ]);
    await clock.advance(7_999);
    expect(closes).toEqual([]);
    await clock.advance(1);
    expect(closes).toMatchObject([{ disconnect: { cause: "zombie", origin: "watchdog" } }]);
    await clock.advance(2_000);
    await stage.open();
    expect(sockets).toHaveLength(2);
    expect(supervisor.metrics()).toMatchObject({ probes: 1, silentProbes: 1 });
  });

  it("leaves a connection alone that says anything at all", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock } = stage;
    const sock = await stage.open();
    clock.jumpWall(HOUR_MS);
    await clock.advance(12_000);
    expect(sock.sent).toHaveLength(1);
    sock.ws.emit("frame", frame);
    await clock.advance(60_000);

    expect(sock.alive).toBe(true);
    expect(supervisor.metrics()).toMatchObject({ probes: 1, silentProbes: 0 });
  });

  it("does not count what came before as an answer", async () => {
    await using stage = await fakeStage();
    const sock = await stage.open();
    stage.clock.jumpWall(HOUR_MS);
    sock.ws.emit("frame", frame);
    await stage.clock.advance(13_000);

    expect(sock.alive).toBe(false);
  });

  it("asks too when the monotonic clock went on and only the tick is late", async () => {
    await using stage = await fakeStage({ liveness: { tickMs: 1_000, driftMs: 2_000 } });
    const { clock } = stage;
    const sock = await stage.open();
    // A timer that fires late, as after SIGSTOP and SIGCONT.
    const now = clock.monotonic.bind(clock);
    clock.monotonic = () => now() + 30_000;
    await clock.advance(1_000);

    expect(sock.sent).toHaveLength(1);
  });

  it("asks nobody when it was turned off", async () => {
    await using stage = await fakeStage({ liveness: false });
    const sock = await stage.open();
    stage.clock.jumpWall(HOUR_MS);
    await stage.clock.advance(60_000);

    expect(sock.sent).toEqual([]);
    expect(sock.alive).toBe(true);
  });
});

it("does not take silence for death while time passes as it should", async () => {
  await using stage = await fakeStage();
  const sock = await stage.open();
  await stage.clock.advance(HOUR_MS);

  expect(sock.sent).toEqual([]);
  expect(sock.alive).toBe(true);
});

it("does not take a clock that is set back for a sleep", async () => {
  await using stage = await fakeStage();
  const sock = await stage.open();
  stage.clock.jumpWall(-HOUR_MS);
  await stage.clock.advance(60_000);

  expect(sock.sent).toEqual([]);
});

it("finds out in a real process that was frozen and goes on", async () => {
  await using program = startProgram("frozen-bot.ts");
  await program.prints("running");
  program.kill("SIGSTOP");
  // As long as the freeze lasts; nothing is awaited here.
  await systemClock.sleep(2_500);
  program.kill("SIGCONT");

  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect(program.lines).toEqual(["running", "zombie"]);
});
