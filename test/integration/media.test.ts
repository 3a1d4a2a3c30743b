import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer } from "@motte/mock-server";
import {
  type AnyMessageContent,
  type WAMessage,
  downloadContentFromMessage,
  downloadMediaMessage,
} from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

// One pixel, so that whatever makes thumbnails has a picture to read.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function twoPeople() {
  const cleanup = new CleanupStack();
  try {
    const server = cleanup.use(await MockServer.start());
    const [adasPhone, bensPhone] = [server.phone({ name: "Ada" }), server.phone({ name: "Ben" })];
    const ada = cleanup.use(await anotherBot(server, adasPhone));
    const ben = cleanup.use(await anotherBot(server, bensPhone));
    const { options } = server.baileysConfig();
    return {
      server,
      adasPhone,
      bensPhone,
      ada,
      ben,
      download: (message: WAMessage): Promise<Buffer> =>
        downloadMediaMessage(message, "buffer", { options }),
      options,
      [Symbol.asyncDispose]: () => cleanup.dispose(),
    };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

/** Sends, and gives what arrives at the other end. */
async function sent(
  from: AnotherBot,
  to: { readonly bot: AnotherBot; readonly jid: string },
  content: AnyMessageContent,
  quoted?: WAMessage,
): Promise<WAMessage> {
  const message = await from.sock.sendMessage(to.jid, content, quoted && { quoted });
  return to.bot.hears("messages.upsert", ({ messages }) =>
    messages.find(({ key, message: body }) => key.id === message?.key.id && body),
  );
}

test("files of every kind that one bot sends are what another one downloads", async () => {
  await using set = await twoPeople();
  const ben = { bot: set.ben, jid: set.bensPhone.pn };
  const clip = randomBytes(100_003);
  const sending: readonly (readonly [Buffer, AnyMessageContent])[] = [
    [PNG, { image: PNG, caption: "a pixel", jpegThumbnail: PNG.toString("base64") }],
    [clip, { video: clip, caption: "a clip", seconds: 3, jpegThumbnail: PNG.toString("base64") }],
    [clip, { audio: clip, ptt: true, seconds: 2, mimetype: "audio/ogg; codecs=opus" }],
    [clip, { document: clip, fileName: "a.pdf", mimetype: "application/pdf", caption: "read" }],
    [clip, { sticker: clip }],
  ];

  const arrived: WAMessage[] = [];
  for (const [bytes, content] of sending) {
    const message = await sent(set.ada, ben, content);
    arrived.push(message);
    expect((await set.download(message)).equals(bytes)).toBe(true);
    // The server's own check: codes and hashes fit, so the upload was as it should be.
    expect(set.server.media.download(message.message ?? {}).equals(bytes)).toBe(true);
  }

  const video = arrived[1]?.message?.videoMessage;
  expect(video).toMatchObject({ caption: "a clip", seconds: 3, fileLength: expect.anything() });
  expect(Buffer.from(video?.jpegThumbnail ?? []).equals(PNG)).toBe(true);
  expect(arrived[2]?.message?.audioMessage).toMatchObject({ ptt: true, seconds: 2 });
});

test("a file is downloaded in part, from a quote, and again after it has expired", async () => {
  await using set = await twoPeople();
  const { ada, ben, server, options } = set;
  const bytes = randomBytes(200_000);
  const image = await sent(ada, { bot: ben, jid: set.bensPhone.pn }, { image: bytes });
  const content = image.message?.imageMessage;

  const range = { startByte: 70_001, endByte: 90_001, options };
  const stream = await downloadContentFromMessage(content ?? {}, "image", range);
  const part = Buffer.concat(await Readable.from(stream).toArray());
  expect(part.equals(bytes.subarray(70_001, 90_001))).toBe(true);

  const ada2 = { bot: ada, jid: set.adasPhone.pn };
  const reply = await sent(ben, ada2, { text: "nice" }, image);
  const quotedMessage = reply.message?.extendedTextMessage?.contextInfo?.quotedMessage;
  const quote = { key: reply.key, message: quotedMessage ?? {} };
  expect((await set.download(quote)).equals(bytes)).toBe(true);

  server.media.expire(image.message ?? {});
  await expect(set.download(image)).rejects.toMatchObject({ output: { statusCode: 410 } });
  const updated = await ben.sock.updateMediaMessage(image);
  expect((await set.download(updated)).equals(bytes)).toBe(true);
});

test("a file that the phone does not have either is not uploaded again", async () => {
  await using set = await twoPeople();
  const key = { remoteJid: set.adasPhone.pn, id: "3EB000", fromMe: false };
  const message = { key, message: set.server.media.image(PNG) };

  await expect(set.ben.sock.updateMediaMessage(message)).rejects.toMatchObject({
    output: { statusCode: 404 },
  });
});

test("a contact reads the file a bot has sent", async () => {
  await using set = await twoPeople();
  const contact = set.server.contact({ name: "Grace" });

  await set.ada.sock.sendMessage(contact.pn, { image: PNG });

  const { message } = await contact.receive();
  expect(set.server.media.download(message).equals(PNG)).toBe(true);
});
