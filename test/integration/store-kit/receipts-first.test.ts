import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { MockServer } from "@motte/mock-server";
import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { anotherBot } from "../../support/another-bot.ts";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const { READ } = proto.WebMessageInfo.Status;

test("receipts that come before the message they are about, with what waited for a bot that was away, say how far it came and not when it was sent", async () => {
  const clock = new ManualClock(systemClock.now());
  await using server = await MockServer.start({ clock });
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  await using desktop = await anotherBot(server, phone);
  {
    await using bot = await boundBot(server, folder);
    await bot.link(phone);
  }
  const sent = await desktop.sock.sendMessage(ben.pn, { text: "from the desktop" });
  const id = sent?.key.id ?? "";
  const received = await ben.receive();
  ben.read(received);
  await server.expect({ tag: "receipt", direction: "out", attrs: { type: "read" } });

  const late = { match: { tag: "message" }, times: "always", ms: 1500 } as const;
  server.fault("delay-stanza", late);
  await using bot = await boundBot(server, folder);
  const { messages, receipts } = bot.parts;
  const key = { remoteJid: ben.pn, fromMe: true, id };
  await bot.until("The receipt", () => receipts.of(key).some(({ readAtMs }) => readAtMs));
  expect(messages.load(key)).toBeUndefined();
  await clock.advance(late.ms);
  await bot.until("The message", () => messages.load(key) !== undefined);

  // What sendMessage returned is no witness: a receipt that comes while Baileys still buffers it is merged into it.
  const { node } = await server.expect({ tag: "message", direction: "out", attrs: { id } });
  const stored = messages.load(key);
  expect(stored).toMatchObject({ status: READ, origin: "own" });
  expect(stored?.message.extendedTextMessage?.text).toBe("from the desktop");
  expect(stored?.sentAtMs).toBe(Number(node.attrs["t"]) * 1000);
  expect(messages.page(ben.lid).messages).toHaveLength(1);
  expect(bot.errors).toEqual([]);
});
