import { initAuthCreds } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, pairedClient } from "./support/client.ts";

describe("login", () => {
  test("is refused to a device nobody linked", async () => {
    await using linked = await MockServer.start();
    await using client = await pairedClient(linked, linked.phone());
    await using other = await MockServer.start();
    other.phone({ phoneNumber: linked.phone({ name: "Phone 1" }).phoneNumber });

    await using stranger = new Client(other, client.auth);

    expect(await stranger.closed()).toBe(401);
  });

  test("is refused to one who has the device's number but not its Noise key", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    const { noiseKey } = initAuthCreds();

    await using thief = new Client(server, {
      ...client.auth,
      creds: { ...client.auth.creds, noiseKey },
    });

    expect(await thief.closed()).toBe(401);
    expect(server.connections).toMatchObject([{ state: "open", device: 1 }]);
  });

  test("ends the connection of the same device that was there before", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    await using first = await pairedClient(server, phone);
    await first.synced();
    await using second = new Client(server, first.auth);
    await second.open();

    expect(await first.closed()).toBe(440);
    expect(first.updates.at(-1)?.lastDisconnect?.error).toMatchObject({
      data: { tag: "conflict", attrs: { type: "replaced" } },
    });
    await ana.say(phone, "still here?");
    await second.message("still here?");
    expect(server.connections.map(({ state }) => state)).toEqual(["open"]);
  });

  test("tells who logged in, on which connection", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const logins: unknown[] = [];
    server.onLogin((event) => logins.push(event));
    const opened: string[] = [];
    server.onConnection(({ id }) => opened.push(id));

    await using client = await pairedClient(server, phone);

    const [connection] = server.connections;
    expect(opened).toEqual(["c1", "c2"]);
    expect(logins).toEqual([
      {
        phone,
        connection,
        device: 1,
        deviceJid: client.auth.creds.me?.id,
        deviceLid: expect.stringContaining(":1@lid"),
      },
    ]);
    expect(connection).toMatchObject({
      id: "c2",
      state: "open",
      deviceJid: client.auth.creds.me?.id,
    });
  });

  test("a phone that logs its devices out ends them for good", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await pairedClient(server, phone);

    await phone.logOutCompanions();
    const closedWith = await client.closed();
    await using again = new Client(server, client.auth);

    expect(closedWith).toBe(401);
    expect(await again.closed()).toBe(401);
    expect(phone.companions).toEqual([]);
  });

  test("a client that logs itself out is unlinked", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await pairedClient(server, phone);

    await client.sock.logout();
    await server.journal.waitFor(({ children }) => children.includes("remove-companion-device"));

    expect(await client.closed()).toBe(401);
    expect(phone.companions).toEqual([]);
  });

  test.each([
    [503, undefined, 503],
    [500, "ack", 500],
  ])("a stream error %i ends the connection with that code", async (code, child, expected) => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());

    server.connections[0]?.streamError(code, child);

    expect(await client.closed()).toBe(expected);
  });

  test.each(["cut", "close"] as const)("a connection that is %s ends with 428", async (how) => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());

    server.connections[0]?.[how]();

    expect(await client.closed()).toBe(428);
  });
});
