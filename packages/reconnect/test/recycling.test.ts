import { describe, expect, it } from "vitest";
import { fakeStage, turnOfLoop } from "./support/fake-stage.ts";
import { record } from "./support/next.ts";

describe("recycle", () => {
  it("ends the socket in order and connects at once, without counting a failure", async () => {
    const order: string[] = [];
    await using stage = await fakeStage({
      saveCreds: async () => {
        await turnOfLoop();
        order.push("saved");
      },
    });
    const { supervisor } = stage;
    const closes = record(supervisor.onClose);
    supervisor.ev.on("messages.delete", () => order.push("heard"));
    supervisor.onClose(() => order.push("closed"));
    const first = await stage.open();
    first.ev.buffer();
    first.ev.emit("messages.delete", { keys: [{ id: "m1" }] });
    first.ev.emit("creds.update", {});
    supervisor.recycle("the proxy has changed");
    expect(supervisor.sock).toBeUndefined();
    const second = await stage.open();

    expect(order).toEqual(["saved", "heard", "closed"]);
    expect(closes).toMatchObject([{ disconnect: { cause: "recycled", credentials: "keep" } }]);
    expect(second).not.toBe(first);
    expect(supervisor.state).toMatchObject({ phase: "open", attempt: 0, rung: 0 });
  });

  it("keeps to the connect budget", async () => {
    const policy = { backoff: () => 1_000, budget: { max: 2, windowMs: 60_000 } };
    await using stage = await fakeStage({ policy });
    const retries = record(stage.supervisor.onRetry);
    await stage.open();
    stage.supervisor.recycle();
    await stage.open();
    stage.supervisor.recycle();
    await stage.clock.advance(0);

    expect(retries.at(-1)).toMatchObject({ reason: "recycle", delayMs: 60_000 });
    expect(stage.supervisor.state.phase).toBe("waiting");
  });

  it("does nothing where there is no socket, and hides numbers in its reason", async () => {
    await using stage = await fakeStage();
    const { supervisor } = stage;
    const sock = await stage.open();
    await sock.end(new Error("dropped"));
    supervisor.recycle();
    expect(supervisor.state.phase).toBe("waiting");
    await stage.clock.advance(1_000);
    const closes = record(supervisor.onClose);
    await stage.open();
    supervisor.recycle("of 5511987654321");
    await stage.clock.advance(2_000);

    expect(closes).toMatchObject([
      { error: { code: "RECONNECT_RECYCLED", message: "The connection is made anew: of …21" } },
    ]);
  });
});
