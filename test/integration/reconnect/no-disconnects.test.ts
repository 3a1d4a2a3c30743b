import { expect, test } from "vitest";
import { linkedStage } from "./supervised-stage.ts";

test("a request refused with 429 and a message refused with 463 end nothing: one socket, nothing counted", async () => {
  await using stage = await linkedStage();
  const { server, phone, contact } = stage;
  const bot = stage.bot().start();
  const sock = await bot.open();
  const refusals: string[] = [];
  // Baileys merges an update into the message it is about while that is still in its buffer.
  bot.supervisor.ev.process((events) => {
    const updates = (events["messages.update"] ?? []).map(({ update }) => update);
    for (const { messageStubParameters } of [
      ...updates,
      ...(events["messages.upsert"]?.messages ?? []),
    ]) {
      if (messageStubParameters?.[0]) refusals.push(messageStubParameters[0]);
    }
  });

  const overlimit = server.fault("rate-overlimit", {
    match: { tag: "iq", attrs: { xmlns: "w:profile:picture" } },
  });
  await expect(sock.profilePictureUrl(contact.pn)).rejects.toThrow(/rate-overlimit/);
  const refusal = server.fault("message-refused", { error: 463 });
  await sock.sendMessage(contact.pn, { text: "too many strangers" });
  await expect.poll(() => refusals, { timeout: 60_000 }).toContain("463");

  expect([overlimit.fired, refusal.fired]).toEqual([1, 1]);
  await contact.say(phone, "still there?");
  await bot.until("The message", () => bot.texts.includes("still there?"));
  expect(bot.closes).toEqual([]);
  expect(bot.retries).toEqual([]);
  expect(bot.supervisor.sock).toBe(sock);
  expect(bot.supervisor.metrics()).toMatchObject({ connects: 1, opens: 1, attempt: 0 });
});
