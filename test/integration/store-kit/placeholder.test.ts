import { MockServer } from "@motte/mock-server";
import { memoryKV } from "@motte/store-kit";
import { type KVFault, flakyKV } from "@motte/store-kit/testing";
import { expect, test, vi } from "vitest";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

// Baileys gives the phone 2 and then 8 seconds (messages-recv.js: requestPlaceholderResend).
const GIVEN_UP_MS = 60_000;

test("what came without its text is had from the phone, and not waited for when the phone is away, whatever the second level does", async () => {
  await using server = await MockServer.start();
  await using folder = await temporaryFolder();
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  let calls = 0;
  const faults: readonly KVFault[] = ["hang", "fail"];
  const l2 = flakyKV(memoryKV(), () => faults[calls++ % 2]);
  await using bot = await boundBot(server, folder, { l2 });
  const sock = await bot.link(phone);
  const { chats, messages } = bot.parts;
  const { placeholderResendCache } = bot.caches;
  const match = { tag: "message", attrs: { type: "text" } };
  server.fault("missing-child", { child: "enc", match, times: 2 });
  const asked = { tag: "message", attrs: { category: "peer" } };
  const away = server.fault("drop-stanza", { direction: "in", match: asked, skip: 1 });

  // Whose devices get it is asked of the second level too.
  await sock.sendMessage(ben.pn, { text: "hello" });
  const { id } = await ben.say(phone, "had from the phone");
  await bot.until("The text", () => chats.get(ben.pn)?.unread === 1);
  const { id: lost } = await ben.say(phone, "never comes");
  await vi.waitFor(async () => expect(await placeholderResendCache.get(lost)).toBeTruthy(), {
    timeout: GIVEN_UP_MS,
  });
  await away.whenFired(1, GIVEN_UP_MS);
  await vi.waitFor(async () => expect(await placeholderResendCache.get(lost)).toBeUndefined(), {
    timeout: GIVEN_UP_MS,
  });

  const stored = messages.page(ben.pn).messages;
  expect(stored.filter(({ key }) => !key.fromMe).map(({ key }) => key.id)).toEqual([id]);
  expect(stored[0]?.message.extendedTextMessage?.text ?? stored[0]?.message.conversation).toBe(
    "had from the phone",
  );
  expect(await placeholderResendCache.get(id)).toBeUndefined();
  expect(chats.get(ben.pn)?.unread).toBe(1);
  expect(calls).toBeGreaterThan(0);
  expect(bot.errors.length).toBeGreaterThan(0);
});
