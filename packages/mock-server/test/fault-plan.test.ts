import { describe, expect, test } from "vitest";
import { type FaultRuleSpec, MockServer } from "@motte/mock-server";
import { BareClient } from "./support/bare-client.ts";
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

describe("a rule", () => {
  test("is not used up by a connection that has ended", async () => {
    await using server = await MockServer.start();
    await using bare = await BareClient.open(server);
    await bare.receive("iq");
    const rule = server.fault("drop-frame", { direction: "in" });

    for (const connection of server.connections) connection.close();
    bare.send({ tag: "late", attrs: {} });
    await bare.closed();

    expect(rule).toMatchObject({ fired: 0, active: true });
  });

  test("is for nobody else when its target is none", async () => {
    await using server = await MockServer.start();
    const targets: readonly unknown[] = [null, {}, "", 5, { phoneNumber: "" }];
    for (const phone of targets) {
      const options: object = { fault: "cut", phone };
      expect(() => server.faults.apply([options as FaultRuleSpec])).toThrow("phone must be");
    }
    expect(server.faults.rules).toEqual([]);
  });

  test("that happens at once or never is not active afterwards", async () => {
    await using server = await MockServer.start();
    const rule = server.fault("connection-refused", { probability: 0 });

    expect(rule).toMatchObject({ fired: 0, active: false });
    expect(server.faults.rules).toEqual([]);
  });
});

test("a plan that was looked at stays as it was", async () => {
  await using server = await MockServer.start();
  server.fault("cut");
  const { spec, firings } = server.faults;
  server.fault("connection-refused", { forMs: 1 });

  expect(spec.rules).toHaveLength(1);
  expect(firings).toEqual([]);
});

test("a report hides numbers of phones, and no others", async () => {
  await using server = await MockServer.start({ seed: "1234567890" });
  server.fault("cut", { phone: "15550001111", afterMs: 86_400_000 });

  const report = server.faults.report();
  expect(report).not.toContain("15550001111");
  expect(report).toContain("86400000");
  expect(report).toContain("1234567890");
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
