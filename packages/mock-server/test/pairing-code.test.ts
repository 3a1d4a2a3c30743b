import { ManualClock } from "@motte/core/manual-clock";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { Client, memoryAuth } from "./support/client.ts";
import { at, tag } from "./support/stanza-client.ts";

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

describe("a pairing code that is too old", () => {
  const TTL_MS = 180_000;

  test("is refused on the phone, and a new one of the same client works", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock });
    const phone = server.phone();
    await using client = new Client(server);
    await client.qr();
    const old = await client.sock.requestPairingCode(phone.phoneNumber, "OLDC1234");
    await requestsHeard(server, 1);
    await clock.advance(TTL_MS);

    const refused = failureOf(phone.enterPairingCode(old, { timeoutMs: 20 }));
    await clock.advance(20);
    expect(await refused).toMatchObject({ code: "MOCK_PAIRING_CODE_EXPIRED" });
    const fresh = await client.sock.requestPairingCode(phone.phoneNumber, "FRESH234");
    await requestsHeard(server, 2);
    await clock.advance(TTL_MS - 1);
    await phone.enterPairingCode(fresh);

    expect(await client.closed()).toBe(515);
  });

  test("does not hide that another client asked for one in time", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock, pairingCodeTtlMs: 1_000 });
    const phone = server.phone();
    await using late = new Client(server);
    await late.qr();
    await late.sock.requestPairingCode(phone.phoneNumber);
    await requestsHeard(server, 1);
    await clock.advance(1_000);
    await using inTime = new Client(server);
    await inTime.qr();
    const code = await inTime.sock.requestPairingCode(phone.phoneNumber);

    await phone.enterPairingCode(code);

    expect(await inTime.closed()).toBe(515);
  });

  test("fails both sides when the client answers the phone too late", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock, pairingCodeTtlMs: 1_000 });
    const phone = server.phone();
    await using client = new Client(server);
    await client.qr();
    const frames: BinaryNode[] = [];
    client.sock.ws.on("frame", (frame: BinaryNode) => frames.push(frame));
    // The client hears the phone, and answers nothing by itself.
    client.sock.ws.removeAllListeners("CB:notification");
    const code = await client.sock.requestPairingCode(phone.phoneNumber);
    const refused = failureOf(phone.enterPairingCode(code));
    await server.journal.waitFor(({ attrs }) => attrs["type"] === "link_code_companion_reg");

    await expect(client.sock.query(finish(Buffer.from("another")))).rejects.toMatchObject({
      data: 404,
    });
    const ref = refIn(frames);
    await clock.advance(1_000);

    expect(await refused).toMatchObject({ code: "MOCK_PAIRING_CODE_EXPIRED" });
    await expect(client.sock.query(finish(ref))).rejects.toMatchObject({ data: 404 });
    expect(phone.companions).toEqual([]);
  });
});

/** What it rejects with, also when that is before anyone looks. */
async function failureOf(pairing: Promise<unknown>): Promise<unknown> {
  return pairing.then(
    () => "linked",
    (error: unknown) => error,
  );
}

function isAnswer({ direction, children }: JournalEntry): boolean {
  return direction === "out" && children.includes("link_code_companion_reg");
}

/** The server has got so many requests for a code. Baileys does not wait for the answer. */
async function requestsHeard(server: MockServer, count: number): Promise<void> {
  await server.journal.waitFor(() => server.journal.filter(isAnswer).length === count);
}

/** What the server called the request for a code. */
function refIn(frames: readonly BinaryNode[]): Uint8Array {
  const answer = frames.find(({ tag: name }) => name === "iq");
  const ref = at(answer, "link_code_companion_reg", "link_code_pairing_ref")?.content;
  if (ref instanceof Uint8Array) return ref;
  throw new Error("The server gave no reference");
}

function finish(ref: Uint8Array): BinaryNode {
  return tag("iq", { to: "s.whatsapp.net", type: "set", xmlns: "md" }, [
    tag("link_code_companion_reg", { stage: "companion_finish" }, [
      tag("link_code_pairing_wrapped_key_bundle", {}, Buffer.alloc(140)),
      tag("companion_identity_public", {}, Buffer.alloc(32)),
      tag("link_code_pairing_ref", {}, ref),
    ]),
  ]);
}
