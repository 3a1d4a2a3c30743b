import { expect, test } from "vitest";
import { credsDigest } from "./creds-digest.ts";
import { linkedStage } from "./supervised-stage.ts";

test("a conflict that says device_removed and has no code is a login revoked, not a connection replaced", async () => {
  await using stage = await linkedStage();
  const { server, auth } = stage;
  const bot = stage.bot().start();
  await bot.open();
  const before = credsDigest(auth);
  server.fault("stream-error", { reason: "conflict", reasonAttrs: { type: "device_removed" } });
  await bot.until("Giving up", () => bot.gaveUp.length > 0);

  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "device-removed", code: 440, credentials: "revoked" } },
  ]);
  expect(bot.holds).toMatchObject([{ needs: "pairing", untilMs: null, credentials: "revoked" }]);
  expect(bot.retries).toEqual([]);
  expect(bot.sockets).toHaveLength(1);
  // Whoever runs the bot decides about the login; the supervisor keeps it.
  expect(credsDigest(auth)).toBe(before);
});

test("a conflict that says replaced holds and revokes nothing", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  const bot = stage.bot().start();
  await bot.open();
  server.fault("replaced");
  await bot.until("Giving up", () => bot.gaveUp.length > 0);

  expect(bot.closes).toMatchObject([
    { disconnect: { cause: "replaced", code: 440, credentials: "keep" } },
  ]);
  expect(bot.retries).toEqual([]);
  expect(bot.sockets).toHaveLength(1);
  bot.supervisor.resume();
  await bot.open();
});
