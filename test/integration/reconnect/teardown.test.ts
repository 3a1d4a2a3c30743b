import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

test("messages that Baileys still holds in its buffer when the connection ends are heard, and then the close", async () => {
  await using stage = await linkedStage();
  const { server, phone, contact } = stage;
  await contact.say(phone, "first");
  const { id } = await contact.say(phone, "second");
  // Baileys socket.js: from the login on it buffers, until the server says that all that waited has come.
  server.fault("drop-stanza", { direction: "out", match: { tag: "ib", child: "offline" } });
  const bot = stage.bot({ closeEvents: "raw" });
  const order: string[] = [];
  bot.supervisor.ev.on("messages.upsert", ({ messages }) => {
    for (const { message } of messages) {
      if (message?.conversation) order.push(message.conversation);
    }
  });
  bot.supervisor.ev.on("connection.update", ({ connection }) => {
    if (connection === "close") order.push("close");
  });
  bot.start();
  // One at a time, and the receipt before the message: with the second confirmed, the first is in the buffer.
  await contact.delivered(id);
  expect(order).toEqual([]);
  for (const connection of server.connections) connection.cut();
  await bot.until("The close", () => bot.closes.length > 0);

  expect(order).toContain("first");
  expect(order.indexOf("first")).toBeLessThan(order.indexOf("close"));
  await bot.open();
  expect(order.filter((step) => step === "first")).toHaveLength(1);
});

test("a listener that throws at every event, on ev and on the supervisor, stops nothing and is heard of", async () => {
  await using stage = await linkedStage();
  const { server, phone, contact } = stage;
  const bot = stage.bot();
  const { supervisor } = bot;
  let thrown = 0;
  const throws = (): never => {
    thrown++;
    throw new Error("a listener of the user's");
  };
  const events = [
    supervisor.onOpen,
    supervisor.onReady,
    supervisor.onStable,
    supervisor.onFlapping,
    supervisor.onClose,
    supervisor.onRetry,
    supervisor.onHold,
    supervisor.onGiveUp,
    supervisor.onQR,
    supervisor.onPairingCode,
    supervisor.onStateChange,
  ];
  for (const event of events) event(throws);
  supervisor.ev.process(throws);
  supervisor.ev.on("connection.update", throws);
  supervisor.ev.on("creds.update", throws);
  supervisor.ev.on("messages.upsert", throws);
  bot.start();

  await bot.open();
  server.fault("cut");
  await bot.opened(2);
  await contact.say(phone, "still there?");
  await bot.until("The message", () => bot.texts.includes("still there?"));
  server.fault("stream-error", { code: 401 });
  await bot.until("Giving up", () => bot.gaveUp.length > 0);
  expect(bot.closes.map(({ disconnect }) => disconnect.cause)).toEqual([
    "socket-closed",
    "logged-out",
  ]);
  expect(bot.mostSocketsAlive).toBe(1);
  await supervisor.stop();
  expect(supervisor.state.phase).toBe("stopped");
  expect(bot.internalErrors).toHaveLength(thrown);
  expect(thrown).toBeGreaterThan(10);
});
