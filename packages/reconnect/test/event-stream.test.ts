import { type ChannelListener, channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import type { DiagnosticMessage, StreamedEvent } from "@motte/reconnect";
import { type FakeStage, fakeStage } from "./support/fake-stage.ts";

/** Opens a connection and loses it. */
async function openAndLose(stage: FakeStage): Promise<void> {
  const sock = await stage.open();
  await sock.end(new Error("dropped"));
}

async function typesOf(stream: AsyncIterable<StreamedEvent<unknown>>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  return types;
}

describe("events()", () => {
  it("yields every event in order, from the call on, and ends when the supervisor has stopped", async () => {
    await using stage = await fakeStage();
    const types = typesOf(stage.supervisor.events());
    await openAndLose(stage);
    await stage.supervisor.stop();

    expect(await types).toEqual([
      "state-change",
      "open",
      "close",
      "state-change",
      "retry",
      "state-change",
    ]);
    expect(await typesOf(stage.supervisor.events())).toEqual([]);
  });

  it("carries what the listeners of the event get", async () => {
    await using stage = await fakeStage();
    const stream = stage.supervisor.events();
    const sock = await stage.open();

    expect((await stream.next()).value).toEqual({
      type: "state-change",
      from: "connecting",
      to: "open",
    });
    expect((await stream.next()).value).toEqual({
      type: "open",
      sock,
      generation: 1,
      isNewLogin: false,
    });
  });

  it("drops the oldest for a slow reader, and says how many", async () => {
    await using stage = await fakeStage();
    const stream = stage.supervisor.events({ buffer: 2 });
    await openAndLose(stage);
    await stage.supervisor.stop();

    expect((await stream.next()).value).toEqual({ type: "dropped", count: 4 });
    expect(await typesOf(stream)).toEqual(["retry", "state-change"]);
  });

  it("answers calls of next in the order in which they came", async () => {
    await using stage = await fakeStage();
    const stream = stage.supervisor.events();
    const both = [stream.next(), stream.next()];
    await stage.open();

    const [first, second] = await Promise.all(both);
    expect([first?.value?.type, second?.value?.type]).toEqual(["state-change", "open"]);
  });

  it.each(["the signal aborts", "the reader breaks off"])("ends when %s", async (how) => {
    await using stage = await fakeStage();
    const controller = new AbortController();
    const stream = stage.supervisor.events({ signal: controller.signal });
    const waiting = stream.next();
    if (how === "the signal aborts") controller.abort();
    else await stream.return?.();
    await openAndLose(stage);

    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("refuses a buffer that holds nothing", async () => {
    await using stage = await fakeStage();

    expect(() => stage.supervisor.events({ buffer: 0 })).toThrow(/buffer must be a whole number/);
  });
});

describe("diagnostics channels", () => {
  it("carry every event, without sockets, codes and raw errors", async () => {
    const heard: unknown[] = [];
    const hear: ChannelListener = (message) => heard.push(message);
    const names = ["open", "close", "qr", "retry"].map((name) => `motte:reconnect:${name}`);
    for (const name of names) subscribe(name, hear);
    try {
      await using stage = await fakeStage({}, {});
      const { supervisor } = stage;
      const sock = await stage.socket();
      sock.ev.emit("connection.update", { qr: "2@secret" });
      await openAndLose(stage);

      const messages = heard as DiagnosticMessage[];
      expect(messages.every((message) => message.supervisor === supervisor)).toBe(true);
      expect(messages.at(-1)?.supervisor.metrics()).toMatchObject({ opens: 1, closes: 1, qrs: 1 });
      expect(messages.map(({ event }) => event)).toEqual([
        { type: "qr", window: 1, expiresAtMs: 1_700_000_060_000 },
        { type: "open", generation: 1, isNewLogin: false },
        expect.objectContaining({ type: "close", uptimeMs: 0 }),
        expect.objectContaining({ type: "retry", attempt: 1 }),
      ]);
      expect(JSON.stringify(messages.map(({ event }) => event))).not.toContain("secret");
    } finally {
      for (const name of names) unsubscribe(name, hear);
    }
  });

  it("are left alone while nobody subscribes", async () => {
    const closes = channel("motte:reconnect:close");
    expect(closes.hasSubscribers).toBe(false);
    let published = 0;
    const publish = closes.publish.bind(closes);
    closes.publish = (message) => {
      published++;
      publish(message);
    };
    try {
      await using stage = await fakeStage();
      await openAndLose(stage);
      expect(published).toBe(0);
    } finally {
      Reflect.deleteProperty(closes, "publish");
    }
  });
});
