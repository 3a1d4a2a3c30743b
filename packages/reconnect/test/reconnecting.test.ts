import { ManualClock } from "@motte/core/manual-clock";
import type { WASocket } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import type { Closed, Supervisor } from "@motte/reconnect";
import {
  failure,
  receive,
  socketsOn,
  streamError,
  superviseQuickly,
  unpaired,
  untilOpen,
  untilSocket,
} from "./support/bot.ts";
import { next, record } from "./support/next.ts";
import { type Answer, type SilentServer, silentServer } from "./support/silent-server.ts";

const message = { key: { id: "A1", remoteJid: "x@s.whatsapp.net", fromMe: false } };

function noProxy(): never {
  throw new Error("no proxy for 5511987654321");
}

interface ListeningStage extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly sock: WASocket;
  /** Messages and states of the connection, from when it was open. */
  readonly heard: readonly string[];
}

/** An open connection whose supervisor hides no close. */
async function openAndListening(): Promise<ListeningStage> {
  const server = await silentServer();
  const supervisor = superviseQuickly(socketsOn(server.url), { closeEvents: "raw" });
  await supervisor.start();
  const sock = await untilOpen(supervisor);
  const heard: string[] = [];
  supervisor.ev.on("messages.upsert", ({ messages }) => heard.push(`${messages.length} message`));
  supervisor.ev.on("connection.update", ({ connection }) => heard.push(`${connection}`));
  return { supervisor, sock, heard, [Symbol.asyncDispose]: () => ended(supervisor, server) };
}

interface UpgradedStage extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly clock: ManualClock;
  readonly sock: WASocket;
  readonly closes: readonly Closed[];
}

/** A WebSocket that is up and waits for the login, on a clock that stands still. */
async function upgradedOnStandingClock(): Promise<UpgradedStage> {
  const server = await silentServer();
  const clock = new ManualClock();
  const supervisor = superviseQuickly(socketsOn(server.url), { clock });
  const closes = record(supervisor.onClose);
  await supervisor.start();
  const sock = await untilSocket(supervisor);
  await sock.waitForSocketOpen();
  return {
    supervisor,
    clock,
    sock,
    closes,
    [Symbol.asyncDispose]: () => ended(supervisor, server),
  };
}

async function ended(supervisor: Supervisor, server: SilentServer): Promise<void> {
  await supervisor.stop();
  await server[Symbol.asyncDispose]();
}

describe("515 after a pairing", () => {
  it("connects again when the slow save is done, uncounted, and with one socket at a time", async () => {
    await using server = await silentServer();
    const order: string[] = [];
    let last: WASocket | undefined;
    const sockets = socketsOn(server.url);
    const factory = (): WASocket => {
      order.push(last === undefined || last.ws.isClosed ? "connect" : "connect beside another");
      last = sockets();
      return last;
    };
    const saveCreds = async (): Promise<void> => {
      order.push("save begins");
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      order.push("save ends");
    };
    await using supervisor = superviseQuickly(factory, { saveCreds });
    await supervisor.start();
    const first = await untilOpen(supervisor);
    first.ev.emit("connection.update", { isNewLogin: true });
    first.ev.emit("creds.update", { registered: true });
    const retried = next(supervisor.onRetry);
    receive(first, streamError("515"));

    expect(await retried).toMatchObject({ delayMs: 0, reason: "restart", attempt: 0 });
    const opened = next(supervisor.onOpen);
    const second = await untilOpen(supervisor);
    expect(await opened).toMatchObject({ generation: 2, isNewLogin: true });
    expect(second).not.toBe(first);
    expect(order).toEqual(["connect", "save begins", "save ends", "connect"]);
  });

  it("five times in a row is at once for three of them, and then backs off", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const retries = record(supervisor.onRetry);
    await supervisor.start();
    for (let i = 0; i < 5; i++) receive(await untilOpen(supervisor), streamError("515"));
    await untilOpen(supervisor);

    expect(retries.map(({ reason }) => reason)).toEqual([
      "restart",
      "restart",
      "restart",
      "back-off",
      "back-off",
    ]);
    expect(supervisor.metrics()).toMatchObject({ connects: 6, attempt: 2 });
  });

  it("waits no longer for a save that hangs than drainMs, and says so", async () => {
    await using server = await silentServer();
    const never = new Promise<void>(() => {});
    await using supervisor = superviseQuickly(socketsOn(server.url), {
      saveCreds: () => never,
      timeouts: { drainMs: 50 },
    });
    const errors = record(supervisor.onInternalError);
    await supervisor.start();
    const first = await untilOpen(supervisor);
    first.ev.emit("creds.update", { registered: true });
    receive(first, streamError("515"));
    await untilOpen(supervisor);

    expect(errors[0]).toMatchObject({ where: "drain", error: { code: "DEADLINE_EXCEEDED" } });
  });
});

describe("a factory", () => {
  it("that throws, rejects or hangs is a failed attempt, not the end", async () => {
    await using server = await silentServer();
    const sockets = socketsOn(server.url);
    const plan: (() => WASocket | Promise<WASocket>)[] = [
      noProxy,
      async () => noProxy(),
      () => new Promise(() => {}),
    ];
    await using supervisor = superviseQuickly(
      ({ generation }) => (plan[generation - 1] ?? sockets)(),
      { timeouts: { factoryMs: 50 } },
    );
    const closes = record(supervisor.onClose);
    await supervisor.start();
    await untilOpen(supervisor);

    expect(closes.map(({ disconnect }) => [disconnect.cause, disconnect.message])).toEqual([
      ["factory-error", "no proxy for …21"],
      ["factory-error", "no proxy for …21"],
      ["factory-error", "The socket factory did not finish within 50 ms"],
    ]);
  });

  it("that was given up on has its socket ended when it comes at last", async () => {
    await using server = await silentServer();
    const sockets = socketsOn(server.url);
    const late: ((sock: WASocket) => void)[] = [];
    const slow = (): Promise<WASocket> => new Promise((resolve) => late.push(resolve));
    await using supervisor = superviseQuickly(
      ({ generation }) => (generation === 1 ? slow() : sockets()),
      { timeouts: { factoryMs: 50 } },
    );
    await supervisor.start();
    const used = await untilOpen(supervisor);
    const unused = sockets();
    late[0]?.(unused);

    await expect.poll(() => unused.ws.isClosed).toBe(true);
    expect(supervisor.sock).toBe(used);
    await expect.poll(() => server.connections.size).toBe(1);
  });
});

describe("a refused upgrade", () => {
  const refusals: readonly [number, Extract<Answer, { kind: "refuse" }>["connection"], string][] = [
    [401, "close", "edge-refused"],
    [401, "keep-alive", "edge-refused"],
    [403, "close", "edge-refused"],
    [403, "keep-alive", "edge-refused"],
    [429, "close", "rate-limited"],
    [429, "keep-alive", "rate-limited"],
    [503, "close", "edge-unavailable"],
    [503, "keep-alive", "edge-unavailable"],
  ];

  it.each(refusals)(
    "with %i and Connection: %s closes as %s and is tried again",
    async (status, connection, cause) => {
      const refuse: Answer = { kind: "refuse", status, connection };
      await using server = await silentServer(refuse, { kind: "accept" });
      const quick = { backoff: () => 20, refused: { max: 5, backoff: () => 20 } };
      await using supervisor = superviseQuickly(socketsOn(server.url), { policy: quick });
      await supervisor.start();

      const { disconnect } = await next(supervisor.onClose);
      expect(disconnect).toMatchObject({
        cause,
        origin: "http",
        code: status,
        credentials: "keep",
      });
      await untilOpen(supervisor);
      await expect.poll(() => server.connections.size).toBe(1);
    },
  );

  it("keeps its Retry-After", async () => {
    const refuse: Answer = {
      kind: "refuse",
      status: 503,
      connection: "close",
      headers: ["Retry-After: 7"],
    };
    await using server = await silentServer(refuse);
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const retried = next(supervisor.onRetry);
    await supervisor.start();

    expect((await retried).delayMs).toBe(7_000);
  });
});

describe("a server that does not answer", () => {
  it("never upgrades: the supervisor's own watchdog ends it", async () => {
    await using server = await silentServer({ kind: "ignore" }, { kind: "accept" });
    await using supervisor = superviseQuickly(socketsOn(server.url), {
      // The second connection has to be up within it.
      timeouts: { connectMs: 2_000 },
    });
    await supervisor.start();

    const { disconnect } = await next(supervisor.onClose);
    expect(disconnect).toMatchObject({ cause: "connect-timeout", origin: "watchdog" });
    await untilOpen(supervisor);
    await expect.poll(() => server.connections.size).toBe(1);
  });

  it("upgrades and neither lets in nor offers a code: the login is limited too", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url), {
      timeouts: { loginMs: 100 },
    });
    await supervisor.start();

    const { disconnect } = await next(supervisor.onClose);
    expect(disconnect).toMatchObject({ cause: "connect-timeout", origin: "watchdog" });
  });

  it("does not count the time that Baileys takes after the server has let it in", async () => {
    await using stage = await upgradedOnStandingClock();
    const { supervisor, clock, sock, closes } = stage;
    receive(sock, { tag: "success", attrs: {} });
    await clock.advance(3_600_000);

    expect(closes).toEqual([]);
    expect(supervisor.state.phase).toBe("connecting");
  });

  it("does not count the time in which a person scans a code", async () => {
    await using stage = await upgradedOnStandingClock();
    const { supervisor, clock, sock, closes } = stage;
    const shown = next(supervisor.onQR);
    sock.ev.emit("connection.update", { qr: "code" });
    expect(await shown).toEqual({ qr: "code", window: 1, expiresAtMs: 60_000 });
    await clock.advance(3_600_000);

    expect(closes).toEqual([]);
    expect(supervisor.state.phase).toBe("pairing");
  });
});

describe("a half-open connection", () => {
  it("is cut after the grace when Baileys closes it, instead of after 30 seconds", async () => {
    await using server = await silentServer({ kind: "accept-then-deaf" }, { kind: "accept" });
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    const first = await untilOpen(supervisor);
    receive(first, streamError("515"));

    const { disconnect } = await next(supervisor.onClose);
    expect(disconnect.cause).toBe("restart-required");
    await untilOpen(supervisor);
  });

  it("is cut after the grace when the supervisor stops", async () => {
    await using server = await silentServer({ kind: "accept-then-deaf" });
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    const sock = await untilOpen(supervisor);

    await supervisor.stop();
    expect(sock.ws.isClosed).toBe(true);
  });
});

describe("a close by the server", () => {
  it("keeps the WebSocket close code that Baileys drops", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    await untilOpen(supervisor);
    const closed = next(supervisor.onClose);
    server.sendClose(1013);

    expect((await closed).disconnect).toMatchObject({ cause: "socket-closed", wsCode: 1013 });
  });

  it("does not lose the messages that Baileys has buffered", async () => {
    await using stage = await openAndListening();
    const { supervisor, sock, heard } = stage;
    sock.ev.buffer();
    sock.ev.emit("messages.upsert", { messages: [message], type: "append" });
    expect(heard).toEqual([]);
    receive(sock, streamError("503"));
    await next(supervisor.onClose);

    expect(heard).toEqual(["1 message", "close"]);
  });

  it("hears a message that Baileys emits only after the socket has ended", async () => {
    await using stage = await openAndListening();
    const { supervisor, sock, heard } = stage;
    receive(sock, streamError("503"));
    await next(supervisor.onClose);
    await Promise.resolve();

    sock.ev.emit("messages.upsert", { messages: [message], type: "notify" });
    sock.ev.emit("connection.update", { connection: "open" });

    expect(heard).toEqual(["close", "1 message"]);
  });
});

describe("the end of a session", () => {
  it("by a logout on the phone is a hold that says what to do, and a close on ev", async () => {
    await using server = await silentServer();
    const auth = unpaired();
    auth.creds.account = {};
    await using supervisor = superviseQuickly(socketsOn(server.url, auth));
    const closes: unknown[] = [];
    supervisor.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "close") closes.push(lastDisconnect?.error);
    });
    const holds = record(supervisor.onHold);
    await supervisor.start();
    const sock = await untilOpen(supervisor);
    const gaveUp = next(supervisor.onGiveUp);
    receive(sock, failure({ reason: "401" }));

    expect(await gaveUp).toMatchObject({
      cause: "logged-out",
      credentials: "revoked",
      sentence:
        "The server says this device is logged out. Waits until the device is paired again. The old credentials are not deleted.",
    });
    expect(holds).toMatchObject([{ cause: "logged-out", needs: "pairing", untilMs: null }]);
    expect(closes).toMatchObject([{ output: { statusCode: 401 } }]);
    await expect(supervisor.whenOpen()).rejects.toMatchObject({ code: "RECONNECT_HELD" });

    supervisor.resume();
    await untilOpen(supervisor);
    expect(server.upgrades).toBe(2);
  });

  it("by sock.logout() stops the supervisor", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    await untilOpen(supervisor);
    const gaveUp = next(supervisor.onGiveUp);
    await supervisor.execute(({ sock }) => sock.logout());

    expect(await gaveUp).toMatchObject({ cause: "local-logout" });
    expect(supervisor.state.phase).toBe("stopped");
  });

  it("by the program's own sock.end() is a drop like any other", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    const sock = await untilOpen(supervisor);
    const retried = next(supervisor.onRetry);
    void sock.end(undefined);

    expect(await retried).toMatchObject({ reason: "back-off", disconnect: { cause: "local-end" } });
  });
});
