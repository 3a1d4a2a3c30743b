import { expect, test } from "vitest";
import { stageWithLinkedBot } from "../support/linked-bot.ts";

test("a bot that is refused a picture, then rate limited, then served, hears each in turn", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, phone, contact } = set;
  const sock = await bot.open();
  const picture = { tag: "iq", attrs: { xmlns: "w:profile:picture" } };
  server.on(picture, { phone }).error(404, "item-not-found");
  server.on(picture, { phone }).error(429, "rate-overlimit");
  server.on(picture, { phone }).reply({
    tag: "iq",
    content: [
      { tag: "picture", attrs: { url: "https://pps.whatsapp.net/x.jpg", type: "preview" } },
    ],
  });

  const ask = () => sock.profilePictureUrl(contact.pn);
  await expect(ask()).rejects.toThrow("item-not-found");
  await expect(ask()).rejects.toThrow("rate-overlimit");
  await expect(ask()).resolves.toBe("https://pps.whatsapp.net/x.jpg");
  expect(server.pendingScripts).toEqual([]);
});

test("a message whose ack a script swallows waits, and the next one is confirmed", async () => {
  await using set = await stageWithLinkedBot();
  const { bot, server, contact } = set;
  const sock = await bot.open();
  const dropped = server.on({ tag: "message", child: "participants" }).drop();

  const lost = await sock.sendMessage(contact.pn, { text: "lost" });
  await dropped.called();
  const kept = await sock.sendMessage(contact.pn, { text: "kept" });

  await expect(contact.receive()).resolves.toMatchObject({ text: "kept", id: kept?.key.id });
  const { unconfirmed } = server.journal.pending;
  expect(unconfirmed.map(({ attrs }) => attrs["id"])).toContain(lost?.key.id);
  expect(contact.messages.map(({ text }) => text)).toEqual(["kept"]);
});
