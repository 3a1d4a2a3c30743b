import { describe, expect, it } from "vitest";
import { fakeStage } from "./support/fake-stage.ts";
import { record } from "./support/next.ts";

async function settled(work: Promise<unknown>): Promise<PromiseSettledResult<unknown> | undefined> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

const caughtUp = { receivedPendingNotifications: true } as const;

describe("a connection is ready", () => {
  it("when the server's marker comes after the login", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock } = stage;
    const ready = record(supervisor.onReady);
    const waiting = supervisor.whenReady();
    const sock = await stage.open();
    await clock.advance(2_000);
    expect(ready).toEqual([]);
    sock.ev.emit("connection.update", caughtUp);

    expect(ready).toEqual([{ sock, generation: 1, caughtUp: true, uptimeMs: 2_000 }]);
    expect(await waiting).toBe(sock);
    expect(await supervisor.whenReady()).toBe(sock);
    await clock.advance(60_000);
    expect(ready).toHaveLength(1);
  });

  it("at the login when the marker came before it", async () => {
    await using stage = await fakeStage();
    const ready = record(stage.supervisor.onReady);
    const sock = await stage.socket();
    sock.ev.emit("connection.update", caughtUp);
    expect(ready).toEqual([]);
    await stage.open();

    expect(ready).toEqual([{ sock, generation: 1, caughtUp: true, uptimeMs: 0 }]);
  });

  it("after readyMs when the marker never comes, and says that it did not", async () => {
    await using stage = await fakeStage({ timeouts: { readyMs: 5_000 } });
    const ready = record(stage.supervisor.onReady);
    const sock = await stage.open();
    await stage.clock.advance(4_999);
    expect(ready).toEqual([]);
    await stage.clock.advance(1);

    expect(ready).toEqual([{ sock, generation: 1, caughtUp: false, uptimeMs: 5_000 }]);
    sock.ev.emit("connection.update", caughtUp);
    expect(ready).toHaveLength(1);
  });

  it("each anew: the marker of one says nothing about the next", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock } = stage;
    const ready = record(supervisor.onReady);
    const first = await stage.open();
    first.ev.emit("connection.update", caughtUp);
    await first.end(new Error("dropped"));
    const waiting = supervisor.whenReady();
    await clock.advance(1_000);
    const second = await stage.open();
    expect(ready).toHaveLength(1);
    second.ev.emit("connection.update", caughtUp);

    expect(await waiting).toBe(second);
    expect(ready.map(({ generation }) => generation)).toEqual([1, 2]);
  });

  it("not when it is lost before: whenReady waits for the next, or for its deadline", async () => {
    await using stage = await fakeStage();
    const { supervisor, clock } = stage;
    const ready = record(supervisor.onReady);
    const waiting = settled(supervisor.whenReady({ timeoutMs: 3_000 }));
    const sock = await stage.open();
    await sock.end(new Error("dropped"));
    await clock.advance(60_000);

    expect(await waiting).toMatchObject({ reason: { code: "DEADLINE_EXCEEDED" } });
    expect(ready).toEqual([]);
  });
});

it("says when a connection is stable, and when it opens and is lost again and again", async () => {
  await using stage = await fakeStage({
    policy: {
      backoff: () => 1_000,
      stableAfterMs: 10_000,
      flap: { opens: 2, windowMs: 600_000, rung: 1 },
    },
  });
  const { supervisor, clock } = stage;
  const [stable, flapping] = [record(supervisor.onStable), record(supervisor.onFlapping)];
  for (let i = 0; i < 3; i++) {
    const sock = await stage.open();
    await clock.advance(100);
    await sock.end(new Error("dropped"));
    await clock.advance(1_000);
  }
  expect(stable).toEqual([]);
  expect(flapping).toEqual([{ opens: 2, windowMs: 600_000 }]);
  await stage.open();
  await clock.advance(10_000);

  expect(stable).toEqual([{ generation: 4, uptimeMs: 10_000 }]);
  expect(supervisor.metrics()).toMatchObject({ flaps: 1, opens: 4 });
});
