import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

test("a request refused with 429 and a message refused with 463 end nothing: one socket, nothing counted", async () => {
  await using stage = await linkedStage();
  const { server, phone, contact } = stage;
  const bot = stage.bot().start();
  const sock = await bot.open();
  const updates: (string | undefined)[] = [];
  const refused = new Promise<void>((resolve) => {
    bot.supervisor.ev.on("messages.update", (list) => {
      for (const { update } of list) {
        updates.push(update.messageStubParameters?.[0] ?? undefined);
        if (update.messageStubParameters?.[0] === "463") resolve();
      }
    });
  });

  const overlimit = server.fault("rate-overlimit", {
    match: { tag: "iq", attrs: { xmlns: "w:profile:picture" } },
  });
  await expect(sock.profilePictureUrl(contact.pn)).rejects.toThrow(/rate-overlimit/);
  const refusal = server.fault("message-refused", { error: 463 });
  await sock.sendMessage(contact.pn, { text: "too many strangers" });
  await refused;

  expect([overlimit.fired, refusal.fired]).toEqual([1, 1]);
  expect(updates).toContain("463");
  await contact.say(phone, "still there?");
  await bot.until("The message", () => bot.texts.includes("still there?"));
  expect(bot.closes).toEqual([]);
  expect(bot.retries).toEqual([]);
  expect(bot.supervisor.sock).toBe(sock);
  expect(bot.supervisor.metrics()).toMatchObject({ connects: 1, opens: 1, attempt: 0 });
});
