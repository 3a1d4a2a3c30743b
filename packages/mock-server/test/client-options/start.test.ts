import diagnostics from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { GroupMetadata } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, memoryAuth, pairedClient } from "../support/client.ts";
import { quietClient, tag } from "../support/stanza-client.ts";

const INIT_QUERIES = ["abt", "blocklist", "privacy"];

/** What a client has asked for. */
function asked(
  server: MockServer,
  connection: string | undefined,
): readonly (string | undefined)[] {
  return server.journal
    .filter((each) => each.direction === "in" && each.connection === connection)
    .map(({ attrs }) => attrs["xmlns"]);
}

function questionsAbout(server: MockServer, group: string): number {
  return server.journal.filter(
    ({ direction, attrs }) =>
      direction === "in" && attrs["xmlns"] === "w:g2" && attrs["to"] === group,
  ).length;
}

describe("fireInitQueries", () => {
  test.each([
    [true, INIT_QUERIES],
    [false, []],
  ])("%j: the client asks for switches, blocklist and privacy: %j", async (fires, expected) => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone(), { fireInitQueries: fires });
    await client.synced();
    await client.sock.query(
      tag("iq", { to: "s.whatsapp.net", type: "get", xmlns: "w:p" }, [tag("ping")]),
    );

    const queries = asked(server, server.connections[0]?.id);

    expect(INIT_QUERIES.filter((each) => queries.includes(each))).toEqual(expected);
  });
});

describe("markOnlineOnConnect", () => {
  test.each([
    [true, "available"],
    [false, "unavailable"],
  ])("%j: the first presence of a client that knows its name is %s", async (online, expected) => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    await using linked = await pairedClient(server, phone);
    await linked.synced();
    const name = await linked.until("its name", () => linked.auth.creds.me?.name);
    await linked.sock.end(undefined);

    await using client = new Client(server, linked.auth, { markOnlineOnConnect: online });
    await client.open();
    const id = server.connections.at(-1)?.id;
    const presence = await server.journal.waitFor(
      (each) => each.connection === id && each.tag === "presence" && "type" in each.attrs,
    );

    expect(presence.attrs).toEqual({ name, type: expected });
    expect(phone.available).toBe(online);
  });

  test("is only the beginning: a client says later whether it is there", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    await client.until("its name", () => client.auth.creds.me?.name);
    const seen: boolean[] = [];

    for (const state of ["available", "unavailable"] as const) {
      const after = server.journal.entries.at(-1);
      await client.sock.sendPresenceUpdate(state);
      const said = ({ tag: name, attrs }: JournalEntry): boolean =>
        name === "presence" && attrs["type"] === state;
      await server.journal.waitFor(said, after === undefined ? {} : { after });
      await client.sock.query(tag("iq", { to: "s.whatsapp.net", type: "get", xmlns: "w:p" }));
      seen.push(phone.available);
    }

    expect(seen).toEqual([true, false]);
  });
});

describe("waWebSocketUrl", () => {
  test("and the agents are all it takes to keep a client away from everything but the server", async () => {
    const elsewhere: unknown[] = [];
    const onSocket = (message: unknown): void => {
      const { socket } = message as { readonly socket: Socket };
      socket.on("lookup", (_error, address, _family, host) => {
        if (address !== "127.0.0.1") elsewhere.push(host);
      });
      socket.on("connect", () => {
        if (socket.remoteAddress !== "127.0.0.1") elsewhere.push(socket.remoteAddress);
      });
    };
    diagnostics.subscribe("net.client.socket", onSocket);
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    await client.sock.sendMessage(ana.pn, {
      document: Buffer.from("a file"),
      mimetype: "text/plain",
    });
    await ana.receive();
    diagnostics.unsubscribe("net.client.socket", onSocket);

    expect(server.baileysConfig().waWebSocketUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/);
    expect(server.media.files).toHaveLength(1);
    expect(elsewhere).toEqual([]);
  });
});

describe("shouldSyncHistoryMessage", () => {
  test("that takes no history: the client waits for none", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    phone.history.chat(ana).message("long ago");
    await using client = await quietClient(server, phone);
    await client.client.until("the end of what waited", () =>
      client.client.updates.some((each) => each.receivedPendingNotifications) ? true : undefined,
    );

    await ana.say(phone, "now");
    await client.client.message("now");

    expect(client.client.heard("messaging-history.set")).toEqual([]);
  });

  test("of a history that is broken: an error in the log, and the client goes on", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    phone.history.chat(ana).message("long ago");
    const errors: unknown[] = [];
    const logger = {
      ...silentLogger,
      child: () => logger,
      error: (detail: object) => errors.push("error" in detail ? detail.error : detail),
    };
    await using client = await pairedClient(server, phone, {
      logger,
      // Baileys asks this about the very object it then inflates.
      shouldSyncHistoryMessage: ({ initialHistBootstrapInlinePayload: payload }) => {
        payload?.fill(0);
        return true;
      },
    });

    await ana.say(phone, "still there?");
    await client.message("still there?");

    expect(errors).toContainEqual(expect.objectContaining({ code: "Z_DATA_ERROR" }));
    expect(client.heard("messaging-history.set")).toEqual([]);
    expect(client.updates.at(-1)?.connection).not.toBe("close");
  });
});

describe("cachedGroupMetadata", () => {
  test("spares the question who is in the group: it is asked once for a hundred messages", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Climbers", members: [phone, ana] });
    const cache = new Map<string, GroupMetadata>();
    await using client = await pairedClient(server, phone, {
      cachedGroupMetadata: async (jid) => {
        const known = cache.get(jid);
        if (known === undefined) cache.set(jid, await client.sock.groupMetadata(jid));
        return cache.get(jid);
      },
    });
    await client.synced();
    for (let number = 0; number < 100; number++) {
      await client.sock.sendMessage(group.jid, { text: `message ${number}` });
    }

    expect(questionsAbout(server, group.jid)).toBe(1);
  });

  test("that knows nothing: every message asks", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const group = server.group({ subject: "Climbers", members: [phone, server.contact()] });
    await using client = await quietClient(server, phone);

    await client.sock.sendMessage(group.jid, { text: "one" });
    await client.sock.sendMessage(group.jid, { text: "two" });

    expect(questionsAbout(server, group.jid)).toBe(2);
  });
});

describe("valid credentials", () => {
  test("log in without a QR code, and a new login is said to be one", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const auth = memoryAuth();
    await using pairing = new Client(server, auth);
    await phone.scan(await pairing.qr());
    const code = await pairing.closed();
    await using client = new Client(server, auth);
    await client.open();

    expect(code).toBe(515);
    expect(pairing.updates.filter(({ isNewLogin }) => isNewLogin)).toHaveLength(1);
    expect(client.updates.flatMap(({ qr, isNewLogin }) => qr ?? isNewLogin ?? [])).toEqual([]);
  });
});
