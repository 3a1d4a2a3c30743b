import { once } from "node:events";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { systemClock } from "@motte/core/clock";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, pairedClient, settled } from "../support/client.ts";
import { QUIET } from "../support/stanza-client.ts";

const isPing = ({ direction, attrs }: JournalEntry): boolean =>
  direction === "in" && attrs["xmlns"] === "w:p";

afterEach(() => {
  vi.useRealTimers();
});

describe("keepAliveIntervalMs", () => {
  test("is how often a client pings, and the answers keep it connected", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone(), { keepAliveIntervalMs: 50 });

    const first = await server.journal.waitFor(isPing);
    const second = await server.journal.waitFor(isPing, { after: first });
    await server.journal.waitFor(({ direction, attrs }) => {
      return direction === "out" && attrs["id"] === second.attrs["id"];
    });

    expect(client.updates.map(({ connection }) => connection)).not.toContain("close");
  });

  test("and five seconds of silence later the client gives a muted connection up", async () => {
    await using server = await MockServer.start();
    // Baileys measures the silence with Date only: its timers stay real, and its clock goes ten times as fast. A frame
    // that was on its way when the server fell silent starts the silence anew.
    vi.useFakeTimers({ toFake: ["Date"] });
    await using client = await pairedClient(server, server.phone(), { keepAliveIntervalMs: 100 });
    const hurry = (): Disposable =>
      systemClock.after(50, () => {
        vi.setSystemTime(systemClock.now() + 500);
        haste = hurry();
      });
    let haste = hurry();
    using _ = { [Symbol.dispose]: () => haste[Symbol.dispose]() };
    const ping = await server.journal.waitFor(isPing);
    await server.journal.waitFor((entry) => isPing(entry) && entry.at > ping.at + 10_000);
    const beforeMute = client.updates.map(({ connection }) => connection);

    server.connections[0]?.mute();
    const code = await client.closed();

    expect(beforeMute).not.toContain("close");
    expect(code).toBe(408);
  });
});

describe("a connection that was muted", () => {
  test("keeps what is said meanwhile for the next one, which takes its place", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using deaf = await pairedClient(server, phone);
    await deaf.synced();
    await settled(server, phone);
    const sent = server.journal.entries.length;

    server.connections[0]?.mute();
    await ana.say(phone, "are you there?");
    await deaf.sock.sendPresenceUpdate("composing", ana.pn);
    const state = server.connections[0]?.state;
    const recorded = server.journal.entries.slice(sent);
    await using again = new Client(server, deaf.auth);
    await again.message("are you there?");

    expect(state).toBe("open");
    expect(recorded).toEqual([]);
    expect(deaf.received.flatMap(({ message }) => message?.conversation ?? [])).toEqual([]);
    expect(ana.chatStateOf(phone)).toBeUndefined();
    expect(server.connections.map(({ device }) => device)).toEqual([1]);
  });
});

describe("defaultQueryTimeoutMs", () => {
  test("ends the wait for an answer that never comes, with nothing", async () => {
    await using server = await MockServer.start();
    const options = { ...QUIET, defaultQueryTimeoutMs: 40_000 };
    await using client = await pairedClient(server, server.phone(), options);
    const ping = { tag: "iq", attrs: { to: "s.whatsapp.net", type: "get", xmlns: "w:p" } };

    const answered = await client.sock.query({ ...ping, attrs: { ...ping.attrs } });
    server.connections[0]?.mute();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let ended = false;
    const unanswered = client.sock
      .query({ ...ping, attrs: { ...ping.attrs } })
      .finally(() => (ended = true));
    // Baileys (chats.js) takes the answer apart without looking whether there is one.
    const takenApart = client.sock.fetchPrivacySettings(true).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(39_999);
    const endedEarly = ended;
    await vi.advanceTimersByTimeAsync(1);

    expect(answered.attrs["type"]).toBe("result");
    expect(await unanswered).toBeUndefined();
    expect(endedEarly).toBe(false);
    expect(await takenApart).toBeInstanceOf(TypeError);
  });

  test("is not waited for when the connection ends", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone(), QUIET);

    server.connections[0]?.mute();
    const asked = client.sock.fetchBlocklist();
    server.connections[0]?.cut();

    // What the socket says when it closes, which Baileys (socket.js: waitForMessage) takes for the error.
    await expect(asked).rejects.toBe(1006);
  });
});

describe("connectTimeoutMs", () => {
  test("ends a handshake that the server never answers, with 408", async () => {
    await using server = await MockServer.start();
    server.onConnection((connection) => connection.mute());

    await using client = new Client(server, undefined, { connectTimeoutMs: 200 });

    expect(await client.closed()).toBe(408);
  });

  test("ends a connection to what never speaks HTTP, with 408", async () => {
    await using server = await MockServer.start();
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;

    await using client = new Client(server, undefined, {
      connectTimeoutMs: 200,
      waWebSocketUrl: `ws://127.0.0.1:${port}/ws/chat`,
    });
    const code = await client.closed();
    for (const socket of sockets) socket.destroy();
    silent.close();

    expect(code).toBe(408);
  });
});

describe("qrTimeout", () => {
  test("is how long each of the six QR codes is shown, and then the client gives up", async () => {
    await using server = await MockServer.start();

    await using client = new Client(server, undefined, { qrTimeout: 20 });
    const code = await client.closed();

    const codes = client.updates.flatMap(({ qr }) => qr ?? []);
    expect(code).toBe(408);
    expect(new Set(codes).size).toBe(6);
    expect(client.updates.at(-1)?.lastDisconnect?.error?.message).toBe("QR refs attempts ended");
  });

  test("is a minute for the first QR code and 20 seconds for the others by default", async () => {
    await using server = await MockServer.start();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using client = new Client(server);
    await client.qr();
    const shown = (): number => client.updates.filter(({ qr }) => qr).length;
    const counts: number[] = [];

    for (const milliseconds of [59_999, 1, 19_999, 1]) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      counts.push(shown());
    }

    expect(counts).toEqual([1, 2, 2, 3]);
  });
});

describe("the wait for the first history", () => {
  test("ends after 20 seconds, and until then events are held back", async () => {
    await using server = await MockServer.start();
    await using first = await pairedClient(server, server.phone());
    await first.synced();
    await first.sock.end(undefined);
    // A client that was cut off before it had noted its history; the phone sends it no second time.
    first.auth.creds.accountSyncCounter = 0;

    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    // Whatever else a client handles lets its events go too.
    const quiet = { fireInitQueries: false, markOnlineOnConnect: false };
    await using client = new Client(server, first.auth, quiet);
    await client.until("the end of what waited", () =>
      client.updates.some((each) => each.receivedPendingNotifications === true) ? true : undefined,
    );
    client.sock.ev.emit("chats.update", [{ id: "15550001234@s.whatsapp.net", unreadCount: 1 }]);
    const heard: number[] = [];
    for (const milliseconds of [19_000, 1_000]) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      heard.push(client.heard("chats.update").length);
    }

    expect(heard).toEqual([0, 1]);
    expect(client.auth.creds.accountSyncCounter).toBe(1);
  });
});
