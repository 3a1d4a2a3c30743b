import { expect, test } from "vitest";
import { faultStage } from "../support/fault-stage.ts";
import { quietLogin } from "../support/stanza-client.ts";

const HOUR_MS = 3_600_000;

test("every time in a stanza is off, and the server's clock is not", async () => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  server.clock.freeze();
  const ana = server.contact();
  const now = Math.floor(server.clock.now() / 1000);
  const rule = server.fault("skewed-time", { ms: -2 * HOUR_MS, match: { tag: "message" } });

  const late = await ana.say(phone, "late");
  const right = await ana.say(phone, "right");
  await client.client.message("right");

  const times = [late, right].map(
    ({ id }) => client.got("message", ({ attrs }) => attrs["id"] === id)[0]?.attrs["t"],
  );
  expect(times).toEqual([String(now - 7200), String(now)]);
  expect(rule.fired).toBe(1);
});

test("a login hears the wrong time", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  server.clock.freeze();
  await client[Symbol.asyncDispose]();
  server.fault("skewed-time", { ms: HOUR_MS, times: "always" });

  await using again = await quietLogin(server, client.auth);
  await again.roundTrip();

  const success = server.journal.filter(({ tag }) => tag === "success").at(-1);
  expect(success?.attrs["t"]).toBe(String(Math.floor(server.clock.now() / 1000) + 3600));
});

test.each([24 * HOUR_MS, -24 * HOUR_MS])("the server's clock jumps by %i ms", async (ms) => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  server.clock.freeze();
  const before = server.clock.now();

  server.fault("clock-jump", { ms });
  await server.contact().say(phone, "from another day");
  await client.client.message("from another day");

  expect(server.clock.now()).toBe(before + ms);
  const [message] = client.got("message").slice(-1);
  expect(message?.attrs["t"]).toBe(String(Math.floor((before + ms) / 1000)));
});
