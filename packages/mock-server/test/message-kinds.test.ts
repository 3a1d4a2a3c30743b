import {
  type AnyMessageContent,
  type WAMessage,
  type WAMessageKey,
  downloadMediaMessage,
  proto,
} from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const THUMBNAIL = PIXEL.toString("base64");

const message = (id: string | null | undefined, direction: "in" | "out") => (entry: JournalEntry) =>
  entry.tag === "message" && entry.direction === direction && entry.attrs["id"] === id;

function arrived(client: Client, id: string | null | undefined): Promise<WAMessage> {
  return client.until("the message", () =>
    client.received.find(({ key, message: content }) => key.id === id && content),
  );
}

/** Two linked clients and a contact. */
async function stage(seed: string) {
  const server = await MockServer.start({ seed, strict: true });
  const [phone, bensPhone] = [server.phone({ name: "Ada" }), server.phone({ name: "Ben" })];
  const ada = await pairedClient(server, phone);
  const ben = await pairedClient(server, bensPhone);
  await Promise.all([ada.synced(), ben.synced()]);
  return {
    server,
    ada,
    ben,
    bensPhone,
    ana: server.contact({ name: "Ana" }),
    /** Sends to the other client and to the contact, and gives what each got. */
    async toBoth(content: (chat: string) => AnyMessageContent) {
      const toBen = await ada.sock.sendMessage(bensPhone.pn, content(bensPhone.pn));
      const toAna = await ada.sock.sendMessage(this.ana.pn, content(this.ana.pn));
      return {
        id: toBen?.key.id,
        atBen: await arrived(ben, toBen?.key.id),
        atAna: await this.ana.receive({ where: ({ id }) => id === toAna?.key.id }),
      };
    },
    async [Symbol.asyncDispose]() {
      await ben[Symbol.asyncDispose]();
      await ada[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

describe("a message that may be seen once", () => {
  test("of a client arrives as such, and its file can be read", async () => {
    await using set = await stage("once");

    const { id, atBen, atAna } = await set.toBoth(() => ({
      image: PIXEL,
      caption: "quick",
      jpegThumbnail: THUMBNAIL,
      viewOnce: true,
    }));

    const image = atBen.message?.viewOnceMessage?.message?.imageMessage;
    expect(image).toMatchObject({ caption: "quick", viewOnce: true });
    const { options } = set.server.baileysConfig();
    const bytes = await downloadMediaMessage(
      atBen,
      "buffer",
      options === undefined ? {} : { options },
    );
    expect(bytes.equals(PIXEL)).toBe(true);
    expect(set.server.media.download(atAna.message).equals(PIXEL)).toBe(true);
    expect(set.server.journal.filter(message(id, "out"))[0]?.attrs).toMatchObject({
      type: "media",
    });
  });

  test("of a contact arrives as such", async () => {
    await using set = await stage("once-contact");
    const picture = set.server.media.image(PIXEL, { caption: "look" });

    const { id } = await set.ana.send(set.bensPhone, {
      viewOnceMessageV2: { message: { imageMessage: { ...picture.imageMessage, viewOnce: true } } },
    });

    expect((await arrived(set.ben, id)).message).toMatchObject({
      viewOnceMessageV2: { message: { imageMessage: { caption: "look", viewOnce: true } } },
    });
    expect(set.server.journal.filter(message(id, "out"))[0]?.attrs).toMatchObject({
      type: "media",
    });
  });
});

describe("a chat where messages disappear", () => {
  test("is switched by a client, and what is said then carries how long it lasts", async () => {
    await using set = await stage("fading");

    const { atBen: switched } = await set.toBoth(() => ({ disappearingMessagesInChat: 86_400 }));
    const sent = await set.ada.sock.sendMessage(
      set.bensPhone.pn,
      { text: "gone tomorrow" },
      { ephemeralExpiration: 86_400 },
    );
    const fading = await arrived(set.ben, sent?.key.id);

    expect(switched.message?.ephemeralMessage?.message?.protocolMessage).toMatchObject({
      type: proto.Message.ProtocolMessage.Type.EPHEMERAL_SETTING,
      ephemeralExpiration: 86_400,
    });
    expect(fading.message?.extendedTextMessage?.contextInfo?.expiration).toBe(86_400);
  });
});

describe("what points at another message", () => {
  const about: readonly (readonly [string, string, (key: WAMessageKey) => AnyMessageContent])[] = [
    ["a pin", "2", (key) => ({ pin: key, type: proto.PinInChat.Type.PIN_FOR_ALL, time: 86_400 })],
    ["an edit", "1", (key) => ({ text: "better", edit: key })],
    ["a revocation", "7", (key) => ({ delete: key })],
  ];

  test.each(about)("%s says so in its stanza, by edit %s", async (_, edit, content) => {
    await using set = await stage(`edit-${edit}`);
    const key = { remoteJid: set.bensPhone.pn, fromMe: true, id: "3EB0AAAAAAAAAAAAAAAA" };

    const sent = await set.ada.sock.sendMessage(set.bensPhone.pn, content(key));
    const passedOn = await set.server.journal.waitFor(message(sent?.key.id, "out"));

    expect(passedOn.attrs["edit"]).toBe(edit);
  });
});

describe("what else a client sends", () => {
  test.each<
    [string, string, (chat: string) => AnyMessageContent, (content: proto.IMessage) => unknown]
  >([
    [
      "an event",
      "event",
      () => ({ event: { name: "Party", startDate: new Date(Date.UTC(2030, 0, 1)) } }),
      ({ eventMessage }) => eventMessage?.name === "Party",
    ],
    [
      "a question for the number",
      "text",
      () => ({ requestPhoneNumber: true }),
      ({ requestPhoneNumberMessage }) => requestPhoneNumberMessage !== undefined,
    ],
    [
      "a choice from a list",
      "media",
      () => ({
        listReply: {
          title: "Tea",
          listType: proto.Message.ListResponseMessage.ListType.SINGLE_SELECT,
          singleSelectReply: { selectedRowId: "tea" },
        },
      }),
      ({ listResponseMessage }) => listResponseMessage?.title === "Tea",
    ],
    [
      "several cards",
      "media",
      () => ({
        contacts: {
          displayName: "two",
          contacts: ["A", "B"].map((name) => ({
            vcard: `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nEND:VCARD`,
          })),
        },
      }),
      ({ contactsArrayMessage }) => contactsArrayMessage?.contacts?.length === 2,
    ],
    [
      "a round video",
      // Baileys (messages-send.js getMediaType) does not count it as a file.
      "text",
      () => ({ video: PIXEL, ptv: true, seconds: 1, jpegThumbnail: THUMBNAIL }),
      ({ ptvMessage }) => Boolean(ptvMessage?.mediaKey),
    ],
    [
      "a moving picture",
      "media",
      () => ({ video: PIXEL, gifPlayback: true, seconds: 1, jpegThumbnail: THUMBNAIL }),
      ({ videoMessage }) => videoMessage?.gifPlayback === true,
    ],
  ])("%s reaches clients and contacts, as %s", async (_, type, content, isIt) => {
    await using set = await stage("kinds");

    const { id, atBen, atAna } = await set.toBoth(content);

    expect([isIt(atBen.message ?? {}), isIt(atAna.message)]).toEqual([true, true]);
    expect(set.server.journal.filter(message(id, "out"))[0]?.attrs["type"]).toBe(type);
  });
});
