import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, pairedClient } from "./support/client.ts";

describe("a fault", () => {
  test("of a session hits the one that is there at once", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());

    const rule = server.fault("stream-error", { code: 503 });

    expect(await client.closed()).toBe(503);
    expect(rule).toMatchObject({ fired: 1, active: false });
    expect(server.faults.rules).toEqual([]);
  });

  test("of a session waits for the next one when there is none", async () => {
    await using server = await MockServer.start();
    const first = await pairedClient(server, server.phone());
    await first[Symbol.asyncDispose]();

    const rule = server.fault("stream-error", { code: 516 });
    expect(rule.fired).toBe(0);
    await using again = new Client(server, first.auth);

    expect(await again.closed()).toBe(516);
  });

  test("hits only whom it is meant for", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Other" });
    await using spared = await pairedClient(server, server.phone({ name: "Spared" }));
    await spared.synced();
    await using hit = await pairedClient(server, phone);
    await hit.synced();

    server.fault("cut", { phone });

    expect(await hit.closed()).toBe(428);
    expect(server.connections).toMatchObject([
      { state: "open", deviceJid: expect.stringContaining("@") },
    ]);
  });

  test("can wait for a stanza of the client's", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    const rule = server.fault("stream-error", { code: 500, on: { tag: "presence" } });

    await client.sock.sendPresenceUpdate("unavailable");

    expect(await client.closed()).toBe(500);
    expect(rule.fired).toBe(1);
  });

  test("is checked before it is in place", async () => {
    await using server = await MockServer.start();
    const bad: readonly (readonly [object, string])[] = [
      [{ code: -1 }, "code must be a whole number"],
      [{ cod: 503 }, 'has no option "cod"'],
      [{ times: 0 }, "times must be a whole number"],
      [{ probability: 2 }, "probability must be a number from 0 to 1"],
      [{ on: { tag: "" } }, "on.tag must be a string"],
    ];
    for (const [options, message] of bad) {
      expect(() => server.fault("stream-error", options)).toThrow(message);
    }
    expect(() =>
      server.faults.apply([{ fault: "cut" }, { fault: "stream-error", skip: -1 }]),
    ).toThrow("skip must be a whole number");
    expect(server.faults.spec.rules).toEqual([]);
  });
});

test("a plan says what fired, and with which seed it fires again", async () => {
  await using server = await MockServer.start({ seed: "plan" });
  await using client = await pairedClient(server, server.phone());
  server.fault("cut", { times: 1, skip: 1 });
  const rule = server.fault("stream-error", { code: 503 });

  await rule.whenFired();
  await client.closed();

  const { spec } = server.faults;
  expect(spec.seed).toBe("plan");
  expect(JSON.parse(JSON.stringify(spec)).rules).toMatchObject([
    { fault: "cut", times: 1, skip: 1 },
    { fault: "stream-error", code: 503 },
  ]);
  expect(server.faults.report()).toContain("fired 1 times");
  expect(server.faults.firings).toMatchObject([{ rule: "f2", fault: "stream-error" }]);
});
