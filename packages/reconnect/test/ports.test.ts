import { readFile } from "node:fs/promises";
import {
  type AuthenticationState,
  type SignalDataSet,
  type WAVersion,
  initAuthCreds,
  useMultiFileAuthState,
} from "@whiskeysockets/baileys";
import { type AuthHandle, type SocketContext, supervise } from "@motte/reconnect";
import { describe, expect, it } from "vitest";
import { failure, fakeBot, replaced } from "./support/fake-bot.ts";
import { FakeSocket } from "./support/fake-socket.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

function nothing(): void {}

function socketOf(_context: SocketContext): FakeSocket {
  return new FakeSocket(() => Promise.resolve());
}

describe("connectivity", () => {
  it("that is missing makes tries rare, and its return brings one soon", async () => {
    let tell: (online: boolean) => void = nothing;
    let watched = 0;
    const bot = fakeBot({
      connectivity: {
        online: () => false,
        onChange: (listener) => {
          watched++;
          tell = listener;
          return { [Symbol.dispose]: () => void watched-- };
        },
      },
    });
    await bot.supervisor.start();
    await bot.settle();
    expect(bot.supervisor.state.online).toBe(false);
    await bot.drop(new Error("WebSocket Error (getaddrinfo ENOTFOUND web.whatsapp.com)"));
    await bot.clock.advance(60_000);
    const triesOffline = bot.sockets.length;
    expect(bot.supervisor.state.attempt).toBe(0);

    tell(true);
    await bot.clock.advance(5_000);
    expect(bot.sockets.length).toBe(triesOffline + 1);
    await bot.supervisor.stop();
    expect(watched).toBe(0);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("no such device")), 0],
    ["hangs", () => new Promise<boolean>(() => {}), 5_000],
  ])("whose detector %s does not keep it from starting", async (_, online, afterMs) => {
    const bot = fakeBot({
      connectivity: { online, onChange: () => ({ [Symbol.dispose]: () => {} }) },
    });
    const starting = bot.supervisor.start();
    await bot.clock.advance(afterMs);
    await starting;
    await bot.settle();

    expect(bot.sockets).toHaveLength(1);
    expect(bot.errors.map(({ where }) => where)).toEqual(["connectivity"]);
    await bot.supervisor.stop();
  });

  it("that cannot be watched is reported, and connecting goes on", async () => {
    const bot = fakeBot({
      connectivity: {
        online: () => true,
        onChange: () => {
          throw new Error("no such device");
        },
      },
    });
    await bot.supervisor.start();
    await bot.settle();

    expect(bot.sockets).toHaveLength(1);
    expect(bot.errors.map(({ where }) => where)).toEqual(["connectivity"]);
    await bot.supervisor.stop();
  });
});

describe("a client version", () => {
  const FOUND: WAVersion = [2, 3000, 2];

  it("that is refused is asked for anew, once, and the factory gets what was found", async () => {
    const asked: (WAVersion | undefined)[] = [];
    const bot = fakeBot({
      version: {
        refresh: async (rejected) => {
          asked.push(rejected);
          return FOUND;
        },
      },
    });
    await bot.supervisor.start();
    await bot.settle();
    expect(bot.contexts[0]).not.toHaveProperty("version");
    await bot.drop(failure(405));
    expect(bot.sockets).toHaveLength(2);
    expect(bot.contexts[1]?.version).toEqual(FOUND);

    await bot.drop(failure(405));
    await bot.clock.advance(600_000);
    expect(bot.sockets).toHaveLength(2);
    expect(asked).toEqual([undefined]);
    await bot.supervisor.stop();
  });

  it.each([
    [
      "fails",
      async () => {
        throw new Error("no network");
      },
      0,
    ],
    ["hangs", () => new Promise<WAVersion>(() => {}), 15_000],
    ["answers nonsense", async () => ["2.3000"] as unknown as WAVersion, 0],
  ])("whose search %s waits for the next probe", async (_, refresh, afterMs) => {
    const bot = fakeBot({ version: { refresh } });
    await bot.supervisor.start();
    await bot.settle();
    await bot.drop(failure(405));
    await bot.clock.advance(afterMs);
    expect(bot.sockets).toHaveLength(1);
    expect(bot.errors.map(({ where }) => where)).toEqual(["version"]);

    await bot.clock.advance(1_800_000);
    expect(bot.sockets.length).toBeGreaterThan(1);
    await bot.supervisor.stop();
  });
});

describe("credentials", () => {
  /** Keys whose writes settle when the test says so, in a class with private fields, as stores are. */
  class SlowKeys {
    readonly #settle: (() => void)[] = [];
    readonly written: SignalDataSet[] = [];

    async get(): Promise<Record<string, never>> {
      return {};
    }

    async set(data: SignalDataSet): Promise<void> {
      await new Promise<void>((resolve) => this.#settle.push(resolve));
      this.written.push(data);
    }

    settle(): void {
      for (const settle of this.#settle.splice(0)) settle();
    }

    own(): number {
      return this.#settle.length;
    }
  }

  function authOf(keys: SlowKeys = new SlowKeys()) {
    const state: AuthenticationState = { creds: initAuthCreds(), keys };
    const calls: string[] = [];
    const auth = async (): Promise<AuthHandle> => {
      calls.push("open");
      return {
        state,
        saveCreds: async () => void calls.push("save"),
        close: async () => void calls.push("close"),
      };
    };
    return { auth, calls, keys, state };
  }

  it("are opened once, given to every socket, saved by their own saveCreds and closed", async () => {
    const { auth, calls, state } = authOf();
    const bot = fakeBot({ auth });
    await bot.supervisor.start();
    await bot.settle();
    bot.sockets[0]?.ev.emit("creds.update", {});
    await bot.drop(new Error("dropped"));
    await bot.clock.advance(1_000);
    expect(calls).toEqual(["open", "save"]);
    expect(bot.contexts).toHaveLength(2);
    expect(bot.contexts[1]?.auth).toBe(bot.contexts[0]?.auth);
    expect(bot.contexts[1]?.auth?.creds).toBe(state.creds);

    await bot.supervisor.stop();
    expect(calls).toEqual(["open", "save", "close"]);
  });

  it("are not given to a socket while the last one still writes keys", async () => {
    const { auth, keys } = authOf();
    const bot = fakeBot({ auth });
    await bot.supervisor.start();
    await bot.settle();
    const old = bot.contexts[0]?.auth;
    const write = Promise.resolve(old?.keys.set({ "lid-mapping": { "1": "2" } }));
    await bot.drop(new Error("dropped"));
    await bot.clock.advance(5_000);
    expect(bot.sockets).toHaveLength(1);

    keys.settle();
    await write;
    await bot.clock.advance(1_000);
    expect(bot.sockets).toHaveLength(2);
    expect(keys.written).toEqual([{ "lid-mapping": { "1": "2" } }]);
    await bot.supervisor.stop();
  });

  it("are given on after drainMs when a write never ends, and that is said", async () => {
    const { auth } = authOf();
    const bot = fakeBot({ auth, timeouts: { drainMs: 2_000 } });
    await bot.supervisor.start();
    await bot.settle();
    void bot.contexts[0]?.auth?.keys.set({ "lid-mapping": { "1": "2" } });
    await bot.drop(new Error("dropped"));
    await bot.clock.advance(10_000);

    expect(bot.sockets).toHaveLength(2);
    expect(bot.errors.map(({ where }) => where)).toContain("drain");
    const stopping = bot.supervisor.stop();
    await bot.clock.advance(10_000);
    await stopping;
  });

  it("keep everything else that their store can do", async () => {
    const { auth, keys } = authOf();
    const bot = fakeBot({ auth });
    await bot.supervisor.start();
    await bot.settle();
    const given = bot.contexts[0]?.auth?.keys;

    expect(Reflect.get(given ?? {}, "own")?.call(given)).toBe(keys.own());
    expect(given?.clear).toBeUndefined();
    expect(await given?.get("lid-mapping", ["1"])).toEqual({});
    await bot.supervisor.stop();
  });

  it("are closed and opened again when another program had the account", async () => {
    const { auth, calls } = authOf();
    const bot = fakeBot({ auth, ownership: { check: async () => "mine" } });
    await bot.supervisor.start();
    await bot.settle();
    await bot.open();
    await bot.drop(replaced());
    await bot.clock.advance(120_000);

    expect(bot.sockets).toHaveLength(2);
    expect(calls).toEqual(["open", "close", "open"]);
    expect(bot.contexts[1]?.auth).not.toBe(bot.contexts[0]?.auth);
    await bot.supervisor.stop();
  });

  it("that cannot be opened are a failed attempt, and asked for again", async () => {
    const { auth } = authOf();
    let fails = true;
    const bot = fakeBot({
      auth: async () => {
        if (fails) throw new Error("the database is down");
        return auth();
      },
    });
    await bot.supervisor.start();
    await bot.settle();
    expect(bot.sockets).toHaveLength(0);
    expect(bot.supervisor.state.last?.cause).toBe("factory-error");

    fails = false;
    await bot.clock.advance(1_000);
    expect(bot.sockets).toHaveLength(1);
    await bot.supervisor.stop();
  });

  it("that come too late are used by the next attempt, and closed by a stop", async () => {
    const { auth, calls } = authOf();
    let come = nothing;
    let asked = 0;
    const bot = fakeBot({
      auth: async () => {
        asked++;
        await new Promise<void>((resolve) => {
          come = resolve;
        });
        return auth();
      },
    });
    await bot.supervisor.start();
    await bot.clock.advance(31_000);
    expect(bot.supervisor.state).toMatchObject({ attempt: 1, last: { cause: "factory-error" } });
    await bot.clock.advance(1_000);
    expect(asked).toBe(1);

    await bot.supervisor.stop();
    come();
    await bot.settle();
    expect(bot.sockets).toHaveLength(0);
    expect(calls).toEqual(["open", "close"]);
  });

  it("of useMultiFileAuthState fit as they are", async () => {
    await using folder = await temporaryFolder();
    const seen: AuthenticationState[] = [];
    await using supervisor = supervise(
      ({ auth }) => {
        seen.push(auth);
        return new FakeSocket(() => Promise.resolve());
      },
      { auth: () => useMultiFileAuthState(folder.path), liveness: false },
    );
    await supervisor.start();
    await expect.poll(() => seen.length).toBe(1);
    supervisor.sock?.ev.emit("creds.update", {});
    await seen[0]?.keys.set({ "lid-mapping": { "1": "2" } });
    expect(await seen[0]?.keys.get("lid-mapping", ["1"])).toEqual({ "1": "2" });

    await supervisor.stop();
    const stored = JSON.parse(await readFile(folder.file("creds.json"), "utf8")) as object;
    expect(stored).toMatchObject({ registrationId: seen[0]?.creds.registrationId });
  });
});

describe("the options of ports", () => {
  it.each([
    ["auth", {}],
    ["state", { load: () => {} }],
    ["ownership", {}],
    ["connectivity", { online: () => true }],
    ["version", {}],
    ["admission", {}],
  ])("refuse a %s that cannot do its part", (name, port) => {
    expect(() => supervise(socketOf, { [name]: port })).toThrow(name);
  });
});
