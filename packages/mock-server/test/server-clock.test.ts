import { createHash, randomBytes } from "node:crypto";
import { ManualClock } from "@motte/core/manual-clock";
import { systemClock } from "@motte/core/clock";
import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { BareClient } from "./support/bare-client.ts";
import { Client, pairedClient } from "./support/client.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

test("a server starts at the machine's time, and at another when it is told", async () => {
  await using server = await MockServer.start();
  const before = systemClock.now();
  expect(server.clock.now()).toBeGreaterThanOrEqual(before);

  server.clock.freeze();
  server.clock.set(new Date("2031-02-03T04:05:06Z"));
  await using client = await pairedClient(server, server.phone());

  const success = server.journal.filter(({ tag, attrs }) => tag === "success" && "lid" in attrs);
  expect(success.map(({ attrs }) => attrs["t"])).toEqual([
    String(Date.UTC(2031, 1, 3, 4, 5, 6) / 1_000),
  ]);
  expect(new Set(server.journal.entries.map(({ at }) => at))).toEqual(
    new Set([server.clock.now()]),
  );
  expect(client.auth.creds.me?.id).toBeDefined();
});

test("a QR code expires when the clock is moved on, and not while it stands still", async () => {
  const base = new ManualClock(1_700_000_000_000);
  await using server = await MockServer.start({ clock: base });
  server.clock.freeze();
  const phone = server.phone();
  await using client = new Client(server);
  const qr = await client.qr();
  await base.advance(10 * 60_000);
  server.clock.advance(60_000 - 1);
  await phone.scan(qr);
  await client.closed();

  await using late = new Client(server);
  const lateQr = await late.qr();
  server.clock.advance(60_000);
  await expect(phone.scan(lateQr)).rejects.toMatchObject({ code: "MOCK_QR_EXPIRED" });
});

test("a device that is away too long on the clock has to be linked again", async () => {
  await using server = await MockServer.start();
  const client = await pairedClient(server, server.phone());
  await client[Symbol.asyncDispose]();
  while (server.connections.length > 0) await systemClock.sleep(5);

  server.clock.advance(30 * DAY_MS);
  await using again = new Client(server, client.auth);
  expect(await again.closed()).toBe(401);
});

test("the media host keeps a file for thirty days of the clock", async () => {
  await using server = await MockServer.start();
  server.clock.freeze();
  const message = server.media.image(randomBytes(100));
  const url = `http://127.0.0.1:${server.port}${message.imageMessage?.directPath}`;
  server.clock.advance(30 * DAY_MS - 1);
  expect((await fetch(url)).status).toBe(200);
  server.clock.advance(1);
  expect((await fetch(url)).status).toBe(410);
  expect(server.media.files).toEqual([]);
  expect(() => server.media.download(message)).toThrow(
    expect.objectContaining({ code: "MOCK_MEDIA_MISSING" }),
  );
});

test("a profile picture does not expire", async () => {
  await using server = await MockServer.start();
  const picture = randomBytes(100);
  server.phone({ name: "bot" }).setPicture(picture);
  server.clock.advance(400 * DAY_MS);
  const token = createHash("sha256").update(picture).digest("base64url");
  expect(server.media.files.map((file) => file.token)).toContain(token);
});

test("whoever waits gets its time limit although the world stands still", async () => {
  await using server = await MockServer.start();
  server.clock.freeze();
  const alice = server.contact({ name: "Alice" });
  const waits = [
    server.journal.waitFor(() => false, { timeoutMs: 5 }),
    alice.receive({ timeoutMs: 5 }),
    server.phone().appState.waitFor(() => false, { timeoutMs: 5 }),
  ];
  for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
});

test("no time limit of a waiting test runs out because the world's clock was moved on", async () => {
  await using server = await MockServer.start();
  const wait = server.journal.waitFor(({ tag }) => tag === "success", { timeoutMs: 20_000 });
  server.clock.advance(400 * DAY_MS);
  await using client = await pairedClient(server, server.phone());
  expect((await wait).tag).toBe("success");
  expect(client.updates.length).toBeGreaterThan(0);
});

test("a connection that does not shake hands is ended while the world stands still", async () => {
  const base = new ManualClock();
  await using server = await MockServer.start({ clock: base, limits: { handshakeMs: 1_000 } });
  server.clock.freeze();
  await using client = await BareClient.connect(server.url);
  expect(server.connections).toMatchObject([{ state: "handshake" }]);
  await base.advance(1_000);
  await client.closed();
  expect(server.connections).toEqual([]);
});
