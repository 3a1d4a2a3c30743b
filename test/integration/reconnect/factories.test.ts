import type { WASocket } from "@whiskeysockets/baileys";
import type { SocketContext } from "@motte/reconnect";
import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

test("a factory that throws, rejects or hangs is bounded in time and tried again", async () => {
  await using stage = await linkedStage();
  const bot = stage.bot({
    timeouts: { factoryMs: 100 },
    factory: (make, { generation }) => {
      if (generation === 1) throw new Error("no version today");
      if (generation === 2) return Promise.reject(new Error("no proxy today"));
      if (generation === 3) return new Promise(() => {});
      return make();
    },
  });
  bot.start();
  await bot.open();

  expect(bot.closes.map(({ disconnect }) => disconnect)).toMatchObject([
    { cause: "factory-error", credentials: "keep", message: "no version today" },
    { cause: "factory-error", credentials: "keep", message: "no proxy today" },
    { cause: "factory-error", credentials: "keep" },
  ]);
  expect(bot.retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(bot.sockets).toHaveLength(1);
});

test("a socket that a factory brings too late is ended, never used, and the connection in use does not notice", async () => {
  await using stage = await linkedStage();
  const { server, phone, contact } = stage;
  const late = lateFactory();
  const bot = stage.bot({
    timeouts: { factoryMs: 100 },
    factory: (make, context) => (context.generation === 1 ? late.make(make, context) : make()),
  });
  bot.start();
  const inUse = await bot.open();
  expect(late.signal?.aborted).toBe(true);
  await late.bringAndSeeEnded();

  expect(bot.supervisor.sock).toBe(inUse);
  await contact.say(phone, "who is there?");
  await bot.until("The message", () => bot.texts.includes("who is there?"));
  expect(bot.opens.map(({ generation }) => generation)).toEqual([2]);
  expect(bot.closes).toHaveLength(1);
  await expect.poll(() => server.connections.length).toBe(1);
});

test("a socket that a factory brings after stop() is ended, and opens nothing", async () => {
  await using stage = await linkedStage();
  const late = lateFactory();
  const bot = stage.bot({ factory: late.make }).start();
  await late.asked;
  await bot.supervisor.stop();
  expect(late.signal?.aborted).toBe(true);
  await late.bringAndSeeEnded();

  expect(bot.opens).toEqual([]);
  expect(bot.supervisor.state.phase).toBe("stopped");
  await expect.poll(() => stage.server.connections.length).toBe(0);
});

/** A factory that brings its socket when it is told to. */
function lateFactory(): LateFactory {
  let bring: (() => WASocket) | undefined;
  let wasAsked: () => void;
  const asked = new Promise<void>((resolve) => (wasAsked = resolve));
  const late: LateFactory = {
    asked,
    signal: undefined,
    make: (make, { signal }) => {
      late.signal = signal;
      return new Promise<WASocket>((resolve) => {
        bring = () => {
          const sock = make();
          resolve(sock);
          return sock;
        };
        wasAsked();
      });
    },
    bringAndSeeEnded: async () => {
      const sock = bring?.();
      if (sock === undefined) throw new Error("The factory was not called");
      await new Promise<void>((resolve) => {
        sock.ev.on("connection.update", ({ connection }) => {
          if (connection === "close") resolve();
        });
      });
    },
  };
  return late;
}

interface LateFactory {
  readonly asked: Promise<void>;
  signal: AbortSignal | undefined;
  readonly make: (make: () => WASocket, context: SocketContext) => Promise<WASocket>;
  /** Makes the socket at last, and resolves when it has been ended. */
  bringAndSeeEnded(): Promise<void>;
}
