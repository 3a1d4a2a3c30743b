import { expect, test } from "vitest";
import { credsDigest } from "./creds-digest.ts";
import { QUICK } from "./supervised-bot.ts";
import { supervisedStage } from "./supervised-stage.ts";

test("a QR code that nobody scans is shown in three windows, and then a person is waited for with nothing counted", async () => {
  await using stage = await supervisedStage();
  const { auth } = stage;
  const bot = stage.bot({
    policy: { ...QUICK, pairing: { windows: 3, gapMs: 30 } },
    socket: { qrTimeout: 30 },
  });
  bot.start();
  await bot.until("Giving up", () => bot.gaveUp.length > 0);

  expect(bot.closes.map(({ disconnect }) => disconnect.cause)).toEqual([
    "qr-expired",
    "qr-expired",
    "qr-expired",
  ]);
  expect(bot.retries).toMatchObject([
    { reason: "qr-window", delayMs: 30, attempt: 0 },
    { reason: "qr-window", delayMs: 30, attempt: 0 },
  ]);
  expect(bot.holds).toMatchObject([{ needs: "pairing", untilMs: null, credentials: "keep" }]);
  expect(new Set(bot.qrs.map(({ window }) => window))).toEqual(new Set([1, 2, 3]));
  // Six references for every socket, and no code twice.
  expect(new Set(bot.qrs.map(({ qr }) => qr)).size).toBe(18);
  expect(bot.supervisor.metrics()).toMatchObject({ connects: 3, attempt: 0 });
  expect(bot.mostSocketsAlive).toBe(1);

  const before = credsDigest(auth);
  bot.supervisor.resume();
  await bot.until("A fourth window", () => bot.sockets.length === 4);
  expect(bot.qrs.length).toBeGreaterThanOrEqual(18);
  expect(credsDigest(auth)).toBe(before);
});

test("a pairing code that the program asked for by itself, then a drop: the 401 that follows resets an unpaired login and revokes none", async () => {
  await using stage = await supervisedStage();
  const { server, phone, auth } = stage;
  const bot = stage.bot().start();
  await bot.until("A QR code", () => bot.qrs.length > 0);
  await bot.supervisor.sock?.requestPairingCode(phone.phoneNumber);
  server.fault("cut", { during: "pairing" });
  await bot.until("Giving up", () => bot.gaveUp.length > 0);

  expect(auth.state.creds.me).toBeDefined();
  expect(auth.state.creds.account).toBeUndefined();
  expect(bot.closes.map(({ disconnect }) => [disconnect.cause, disconnect.credentials])).toEqual([
    ["socket-closed", "keep"],
    ["stale-pairing", "reset"],
  ]);
  expect(bot.holds).toMatchObject([{ needs: "pairing", untilMs: null, credentials: "reset" }]);
  expect(bot.sockets).toHaveLength(2);
});

test("a pairing code that the supervisor asked for, then a drop: the next window has a code of its own, and pairs", async () => {
  await using stage = await supervisedStage();
  const { server, phone, auth } = stage;
  const bot = stage.bot({ pairing: { phoneNumber: phone.phoneNumber } }).start();
  await bot.until("A pairing code", () => bot.codes.length > 0);
  server.fault("cut", { during: "pairing" });
  await bot.until("A second code", () => bot.codes.length > 1);

  expect(bot.closes).toMatchObject([{ disconnect: { cause: "socket-closed" } }]);
  expect(bot.codes[1]?.code).not.toBe(bot.codes[0]?.code);
  await phone.enterPairingCode(bot.codes[1]?.code ?? "");
  await bot.open();
  expect(auth.state.creds.account).toBeDefined();
  expect(bot.gaveUp).toEqual([]);
  expect(bot.closes.map(({ disconnect }) => disconnect.cause)).toEqual([
    "socket-closed",
    "restart-required",
  ]);
});
