import { randomBytes } from "node:crypto";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth, pairedClient } from "./support/client.ts";

describe("pairing by QR", () => {
  test("links a client, asks it to restart, and lets it log in as what the phone made it", async () => {
    await using server = await MockServer.start({ seed: "qr" });
    const phone = server.phone({ name: "Bot" });
    const paired: string[] = [];
    server.onPaired((event) => paired.push(event.deviceJid));
    const auth = memoryAuth();

    await using first = new Client(server, auth);
    const companion = await phone.scan(await first.qr());
    const closedWith = await first.closed();
    await using second = new Client(server, auth);
    await second.open();

    expect(closedWith).toBe(515);
    expect(companion.device).toBe(1);
    expect(paired).toEqual([companion.deviceJid]);
    expect(auth.creds.me).toMatchObject({ id: companion.deviceJid, lid: companion.deviceLid });
    expect(phone.companions).toEqual([
      { ...companion, connected: true, queued: expect.any(Number) },
    ]);
  });

  test("takes the QR text with its web address or without", async () => {
    await using server = await MockServer.start();
    await using client = new Client(server);
    const qr = await client.qr();
    expect(qr).toContain("https://wa.me/");

    await server.phone().scan(qr.slice(qr.indexOf("#") + 1));

    expect(await client.closed()).toBe(515);
  });

  test("gives the client its app state key and history at once, so that it holds nothing back", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());

    await client.synced();

    expect(client.auth.creds.myAppStateKeyId).toBe("AAAAAAAB");
    const collections = server.journal.filter(({ attrs }) => attrs["xmlns"] === "w:sync:app:state");
    // A collection left out of an answer would make Baileys ask for it for ever.
    expect(collections.length).toBeLessThan(3);
    expect(server.journal.unhandled).toEqual([]);
  });

  test("numbers each device of a phone, and never gives a number twice", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using one = await pairedClient(server, phone);
    await phone.logOutCompanions();
    await one.closed();
    await using two = await pairedClient(server, phone);

    expect(phone.companions).toMatchObject([{ device: 2, connected: true }]);
    expect(two.auth.creds.me?.id).toContain(":2@");
  });

  test("is refused by a client whose secret the phone does not know", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = new Client(server);
    const parts = (await client.qr()).split(",");
    parts[3] = randomBytes(32).toString("base64");

    await expect(phone.scan(parts.join(","))).rejects.toMatchObject({
      name: "MockServerError",
      code: "MOCK_PAIRING_REFUSED",
    });
    expect(phone.companions).toEqual([]);
  });

  test("is refused to a client that cannot sign with the identity key it shows", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const auth = memoryAuth();
    const { signedIdentityKey } = initAuthCreds();
    auth.creds.signedIdentityKey.private = signedIdentityKey.private;
    await using client = new Client(server, auth);

    await expect(phone.scan(await client.qr())).rejects.toMatchObject({
      code: "MOCK_PAIRING_REFUSED",
    });
    expect(phone.companions).toEqual([]);
  });

  test("fails for a code that has expired, was used, or that nobody shows", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock });
    const phone = server.phone();
    const auth = memoryAuth();
    await using stale = new Client(server, auth);
    const expired = await stale.qr();
    await clock.advance(60_000);
    await expect(phone.scan(expired)).rejects.toMatchObject({ code: "MOCK_QR_EXPIRED" });

    await using client = new Client(server);
    const qr = await client.qr();
    await phone.scan(qr);
    await expect(phone.scan(qr)).rejects.toMatchObject({ code: "MOCK_QR_EXPIRED" });
    await client.closed();
    await expect(phone.scan(qr)).rejects.toMatchObject({ code: "MOCK_QR_EXPIRED" });
  });

  test("fails for a text that is no QR code, or one made from two", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using one = new Client(server);
    await using other = new Client(server);
    const [ref, , ...keys] = (await one.qr()).split(",");
    const [, otherNoiseKey] = (await other.qr()).split(",");

    await expect(phone.scan("hello")).rejects.toMatchObject({ code: "MOCK_BAD_QR" });
    await expect(phone.scan([ref, otherNoiseKey, ...keys].join(","))).rejects.toMatchObject({
      code: "MOCK_BAD_QR",
    });
  });
});
