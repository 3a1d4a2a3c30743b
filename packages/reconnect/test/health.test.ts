import { describe, expect, it } from "vitest";
import { fakeStage, turnOfLoop } from "./support/fake-stage.ts";

const START_MS = 1_700_000_000_000;

describe("health", () => {
  it("follows a connection from its making to its loss", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock } = stage;
    expect(supervisor.health()).toEqual({
      phase: "connecting",
      sinceMs: START_MS,
      open: false,
      ready: false,
      isOnline: null,
      generation: 1,
      attempt: 0,
      uptimeMs: 0,
      nextTryAtMs: null,
      hold: null,
      last: null,
      pairing: null,
      savePending: false,
    });
    await clock.advance(1_000);
    const sock = await stage.open();
    sock.ev.emit("connection.update", { isOnline: true, receivedPendingNotifications: true });
    await clock.advance(2_000);
    expect(supervisor.health()).toMatchObject({
      phase: "open",
      sinceMs: START_MS + 1_000,
      open: true,
      ready: true,
      isOnline: true,
      uptimeMs: 2_000,
    });
    await sock.end(new Error("no route for 5511987654321"));
    expect(supervisor.health()).toMatchObject({
      phase: "waiting",
      open: false,
      ready: false,
      isOnline: null,
      attempt: 1,
      uptimeMs: 0,
      nextTryAtMs: START_MS + 4_000,
      last: {
        cause: "unknown",
        code: null,
        message: "no route for …21",
        atMs: START_MS + 3_000,
        uptimeMs: 2_000,
      },
    });
  });

  it("says what a hold waits for", async () => {
    await using stage = await fakeStage({ policy: { maxAttempts: 0 } });
    const sock = await stage.open();
    await sock.end(new Error("dropped"));

    expect(stage.supervisor.health()).toMatchObject({
      phase: "held",
      nextTryAtMs: null,
      hold: { cause: "unknown", needs: "operator", untilMs: null, credentials: "keep" },
    });
  });

  it("says that a code waits to be used, and neither the code nor anything else that is secret", async () => {
    await using stage = await fakeStage(
      { saveCreds: () => new Promise(() => {}), timeouts: { drainMs: 1 } },
      {},
    );
    const { supervisor } = stage;
    supervisor.onInternalError(() => {});
    const sock = await stage.socket();
    sock.ev.emit("connection.update", { qr: "2@secret" });
    sock.ev.emit("creds.update", {});
    const health = supervisor.health();
    expect(health).toMatchObject({
      phase: "pairing",
      pairing: { by: "qr", expiresAtMs: START_MS + 60_000 },
      savePending: true,
    });
    expect(JSON.parse(JSON.stringify(health))).toEqual(health);
    expect(JSON.stringify(health)).not.toContain("secret");
    sock.ev.emit("connection.update", { isNewLogin: true });
    expect(supervisor.health().pairing).toBeNull();
    // The stop waits for the save that hangs, on a clock that someone has to move.
    const stopping = supervisor.stop();
    await stage.clock.advance(10);
    await stopping;
  });
});

it("counts what happened, as plain JSON", async () => {
  await using stage = await fakeStage();
  const { supervisor, clock } = stage;
  const first = await stage.open();
  await clock.advance(3_000);
  await first.end(new Error("dropped"));
  await clock.advance(1_000);
  const second = await stage.open();
  second.ev.emit("connection.update", { receivedPendingNotifications: true });
  await clock.advance(500);
  const metrics = supervisor.metrics();

  expect(metrics).toEqual({
    connects: 2,
    opens: 2,
    readies: 1,
    closes: 1,
    closesByCause: { unknown: 1 },
    closedUptimeMs: 3_000,
    retries: 1,
    holds: 0,
    flaps: 0,
    qrs: 0,
    pairingCodes: 0,
    probes: 0,
    silentProbes: 0,
    internalErrors: 0,
    attempt: 1,
    uptimeMs: 500,
    savePending: false,
  });
  expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  await turnOfLoop();
});
