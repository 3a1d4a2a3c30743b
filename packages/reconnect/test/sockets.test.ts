import { type AuthenticationState, initAuthCreds } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { type AuthHandle, type OwnershipVerdict, supervise } from "@motte/reconnect";
import { fakeBot } from "./support/fake-bot.ts";
import type { FakeSocket } from "./support/fake-socket.ts";
import { next, record } from "./support/next.ts";

function nothing(): void {}

describe("a factory", () => {
  it.each([
    ["forgets to return its socket", undefined],
    ["returns something else", {}],
  ])("that %s is a failed attempt, and is told so", async (_, returned) => {
    const factory = (): FakeSocket => returned as unknown as FakeSocket;
    await using supervisor = supervise(factory);
    const closed = next(supervisor.onClose);
    await supervisor.start();

    const { disconnect } = await closed;
    expect(disconnect.cause).toBe("factory-error");
    expect(disconnect.message).toMatch(/must return the Baileys socket/);
  });
});

describe("a socket that a listener of onOpen ends", () => {
  it("is never ready, and nothing goes on for it", async () => {
    const bot = fakeBot({ liveness: {} });
    const readies = record(bot.supervisor.onReady);
    bot.supervisor.onOpen(({ sock }) => {
      const lastDisconnect = { error: new Error("enough"), date: new Date(0) };
      sock.ev.emit("connection.update", { connection: "close", lastDisconnect });
    });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    // The wait for the next connect, and nothing else.
    expect(bot.clock.pendingTimers).toBe(1);

    await bot.supervisor.stop();
    await bot.clock.advance(60_000);
    expect(readies).toEqual([]);
    expect(bot.clock.pendingTimers).toBe(0);
  });
});

describe("credentials that another program had", () => {
  it("are saved when they are opened anew, though an old save fails only then", async () => {
    let lose: (verdict: OwnershipVerdict) => void = nothing;
    let fail: (error: Error) => void = nothing;
    const saves: number[] = [];
    let opened = 0;
    const auth = async (): Promise<AuthHandle> => {
      const count = ++opened;
      const keys: AuthenticationState["keys"] = { get: async () => ({}), set: async () => {} };
      const saveCreds = (): Promise<void> => {
        saves.push(count);
        if (count > 1) return Promise.resolve();
        return new Promise((_, reject) => {
          fail = reject;
        });
      };
      return { state: { creds: initAuthCreds(), keys }, saveCreds };
    };
    const bot = fakeBot({
      auth,
      ownership: {
        check: async () => "mine",
        onChange: (listener) => {
          lose = listener;
          return { [Symbol.dispose]: nothing };
        },
      },
    });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    bot.sockets[0]?.ev.emit("creds.update", {});
    lose("theirs");
    while (bot.sockets.length < 2) {
      await bot.clock.advance(1_000);
      await bot.settle();
    }
    await bot.open();
    bot.sockets[1]?.ev.emit("creds.update", {});
    fail(new Error("too late"));
    await bot.settle();

    expect(saves).toEqual([1, 2]);
    await bot.supervisor.stop();
  });
});
