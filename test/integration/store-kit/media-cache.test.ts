import { writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { boundBot } from "../../support/bound-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

// Whatever makes thumbnails is not to be asked for one.
const jpegThumbnail = "";

async function sender() {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start());
  const folder = cleanup.use(await temporaryFolder());
  const phone = server.phone({ name: "Ada" });
  const ben = server.contact({ name: "Ben" });
  const newsletter = server.newsletter({ name: "News", owner: phone });
  const bytes = randomBytes(50_000);
  const url = folder.file("picture");
  await writeFile(url, bytes);
  const bot = cleanup.use(await boundBot(server, folder));
  const sock = await bot.link(phone);
  return {
    server,
    bot,
    sock,
    ben,
    newsletter,
    bytes,
    url,
    /** Sends the picture, and gives what whoever gets it downloads. */
    send: async (): Promise<Buffer> => {
      await sock.sendMessage(ben.pn, { image: { url }, jpegThumbnail });
      const { message } = await ben.receive();
      return server.media.download(message);
    },
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

test("a file that is sent twice is uploaded once", async () => {
  await using set = await sender();
  expect((await set.send()).equals(set.bytes)).toBe(true);
  expect((await set.send()).equals(set.bytes)).toBe(true);
  expect(set.server.media.files).toHaveLength(1);
});

test("a person can open a file that went to a newsletter before, where uploads are not encrypted", async () => {
  await using set = await sender();
  const { sock, newsletter, url } = set;
  await sock.sendMessage(newsletter.jid, { image: { url }, jpegThumbnail });
  expect((await set.send()).equals(set.bytes)).toBe(true);

  await sock.sendMessage(newsletter.jid, { image: { url }, jpegThumbnail });
  expect((await set.send()).equals(set.bytes)).toBe(true);
  expect(set.bot.errors).toEqual([]);
});

test("a round video is sent twice, which Baileys cannot do with what it would take from its cache", async () => {
  await using set = await sender();
  const { sock, server, ben, bytes, url } = set;
  for (let time = 0; time < 2; time++) {
    await sock.sendMessage(ben.pn, { video: { url }, ptv: true, seconds: 1, jpegThumbnail });
    const { message } = await ben.receive();
    expect(message.ptvMessage).toBeTruthy();
    expect(server.media.download(message).equals(bytes)).toBe(true);
  }
});
