import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth } from "./support/client.ts";

describe("pairing by code", () => {
  test("links the client that asked for a code for this phone's number", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ phoneNumber: "+1 555 000 1234" });
    const auth = memoryAuth();
    await using client = new Client(server, auth);
    await client.qr();
    const code = await client.sock.requestPairingCode("15550001234");

    const { deviceJid } = await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`);
    expect(await client.closed()).toBe(515);
    await using loggedIn = new Client(server, auth);
    await loggedIn.open();

    expect(auth.creds.me?.id).toBe(deviceJid);
    expect(auth.creds.registered).toBe(true);
    expect(server.journal.unhandled).toEqual([]);
  });

  test("fails for another code, after which the right one still works", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = new Client(server);
    await client.qr();
    const code = await client.sock.requestPairingCode(phone.phoneNumber, "ABCD1234");

    await expect(phone.enterPairingCode("ABCD1235")).rejects.toMatchObject({
      code: "MOCK_WRONG_PAIRING_CODE",
    });
    await expect(phone.enterPairingCode("short")).rejects.toMatchObject({
      code: "MOCK_WRONG_PAIRING_CODE",
    });
    expect(phone.companions).toEqual([]);
    await phone.enterPairingCode(code);
    expect(await client.closed()).toBe(515);
  });

  test("fails when no client asked for a code for this number", async () => {
    await using server = await MockServer.start();
    await using client = new Client(server);
    await client.qr();
    const code = await client.sock.requestPairingCode(server.phone({ name: "Other" }).phoneNumber);

    const entered = server.phone({ name: "Bot" }).enterPairingCode(code, { timeoutMs: 20 });

    await expect(entered).rejects.toMatchObject({ code: "MOCK_NO_PAIRING_REQUEST" });
  });

  test("a client that reconnects before it was linked is told that it is not logged in", async () => {
    await using server = await MockServer.start();
    const auth = memoryAuth();
    await using client = new Client(server, auth);
    await client.qr();
    await client.sock.requestPairingCode(server.phone().phoneNumber);
    await using again = new Client(server, auth);

    expect(await again.closed()).toBe(401);
  });
});
