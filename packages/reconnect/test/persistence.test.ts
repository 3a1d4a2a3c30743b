import { ManualClock } from "@motte/core/manual-clock";
import type { StateStore } from "@motte/reconnect";
import { describe, expect, it } from "vitest";
import { failure, fakeBot } from "./support/fake-bot.ts";

function nothing(): void {}

/** A store whose saves settle when the test says so. */
class TestStore implements StateStore {
  kept: unknown;
  readonly calls: string[] = [];
  loads: () => Promise<unknown> = async () => this.kept;
  saves: (json: unknown) => Promise<void> = async (json) => {
    // As through a file, so that nothing but JSON gets by.
    this.kept = JSON.parse(JSON.stringify(json));
  };

  load(): Promise<unknown> {
    this.calls.push("load");
    return this.loads();
  }

  save(json: unknown): Promise<void> {
    this.calls.push("save");
    return this.saves(json);
  }
}

describe("a supervisor with a state", () => {
  it("connects only when it is kept that it connects", async () => {
    const state = new TestStore();
    let saved = nothing;
    state.saves = (json) =>
      new Promise((resolve) => {
        saved = () => {
          state.kept = json;
          resolve();
        };
      });
    const bot = fakeBot({ state });
    await bot.supervisor.start();
    await bot.settle();
    expect(bot.sockets).toHaveLength(0);

    saved();
    await bot.settle();
    expect(bot.sockets).toHaveLength(1);
    expect(state.kept).toMatchObject({ v: 1, phase: "connecting" });
    const stopping = bot.supervisor.stop();
    state.saves = async () => {};
    await bot.settle();
    saved();
    await stopping;
  });

  it("counts a process that died while it connected", async () => {
    const state = new TestStore();
    const first = fakeBot({ state });
    await first.supervisor.start();
    await first.settle();
    const kept = state.kept;
    await first.supervisor.stop();

    // The state as it was when the process died, in a new process.
    state.kept = kept;
    const second = fakeBot({ state }, first.clock);
    await second.supervisor.start();
    await second.settle();
    expect(second.sockets).toHaveLength(0);
    expect(second.supervisor.state).toMatchObject({ phase: "waiting", attempt: 1 });
    await second.clock.advance(1_000);
    expect(second.sockets).toHaveLength(1);
    await second.supervisor.stop();
  });

  it("does not let a ban end when it is stopped and started again", async () => {
    const state = new TestStore();
    const first = fakeBot({ state });
    await first.supervisor.start();
    await first.settle();
    await first.drop(failure(402, { expire: "3600", code: "101" }));
    await first.supervisor.stop();

    const second = fakeBot({ state }, new ManualClock(first.clock.now() + 1_800_000));
    await second.supervisor.start();
    second.supervisor.resume();
    await second.clock.advance(1_800_000);
    expect(second.sockets).toHaveLength(0);
    await second.clock.advance(120_000);
    expect(second.sockets).toHaveLength(1);
    await second.supervisor.stop();
  });

  it("keeps the state it stops with", async () => {
    const state = new TestStore();
    const bot = fakeBot({ state });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    await bot.supervisor.stop();

    expect(state.kept).toMatchObject({ phase: "stopped" });
  });

  it("tries a save that fails again, and connects when it has succeeded", async () => {
    const state = new TestStore();
    const { saves } = state;
    state.saves = async () => {
      throw new Error("the disk is full");
    };
    const bot = fakeBot({ state });
    await bot.supervisor.start();
    await bot.clock.advance(1_400);
    expect(bot.sockets).toHaveLength(0);
    expect(bot.errors.map(({ where }) => where)).toEqual(["state.save", "state.save"]);

    state.saves = saves;
    await bot.clock.advance(100);
    expect(bot.sockets).toHaveLength(1);
    await bot.supervisor.stop();
  });

  it("is not silenced by a store that is down: it connects after drainMs and says so", async () => {
    const state = new TestStore();
    state.saves = () => new Promise(() => {});
    const bot = fakeBot({ state, timeouts: { drainMs: 5_000 } });
    await bot.supervisor.start();
    await bot.clock.advance(4_999);
    expect(bot.sockets).toHaveLength(0);

    await bot.clock.advance(1);
    expect(bot.sockets).toHaveLength(1);
    expect(bot.errors).toMatchObject([
      { where: "state.save", error: { code: "DEADLINE_EXCEEDED" } },
    ]);
    const stopping = bot.supervisor.stop();
    await bot.clock.advance(20_000);
    await stopping;
    expect(bot.clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      "cannot be read",
      async () => {
        throw Object.assign(new Error("EACCES"), { code: "EACCES" });
      },
      "RECONNECT_STATE_UNREADABLE",
    ],
    ["is damaged", async () => ({ v: 1, phase: "dancing" }), "RECONNECT_STATE_INVALID"],
    ["is no state", async () => "yes", "RECONNECT_STATE_INVALID"],
    ["was written by a newer release", async () => ({ v: 99 }), "RECONNECT_STATE_NEWER"],
  ])("does not connect when what is kept %s, and leaves it as it is", async (_, loads, code) => {
    const state = new TestStore();
    state.loads = loads;
    const bot = fakeBot({ state });

    await expect(bot.supervisor.start()).rejects.toMatchObject({ code });
    await bot.clock.advance(600_000);
    await bot.supervisor.stop();
    expect(bot.sockets).toHaveLength(0);
    expect(state.calls).toEqual(["load"]);
  });

  it("does not wait for ever for what is kept", async () => {
    const state = new TestStore();
    state.loads = () => new Promise(() => {});
    const bot = fakeBot({ state });
    const starting = bot.supervisor.start();
    const failed = starting.catch((error: unknown) => error);
    await bot.clock.advance(10_000);

    expect(await failed).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(bot.sockets).toHaveLength(0);
  });

  it("starts when what was wrong is put right", async () => {
    const state = new TestStore();
    const { loads } = state;
    state.loads = async () => {
      throw new Error("not there yet");
    };
    const bot = fakeBot({ state });
    await expect(bot.supervisor.start()).rejects.toThrow("start() again");
    state.loads = loads;
    await bot.supervisor.start();
    await bot.settle();

    expect(bot.sockets).toHaveLength(1);
    await bot.supervisor.stop();
  });

  it("overwrites nothing when it is stopped before it was started", async () => {
    const state = new TestStore();
    const bot = fakeBot({ state });
    await bot.supervisor.stop();

    expect(state.calls).toEqual([]);
  });
});
