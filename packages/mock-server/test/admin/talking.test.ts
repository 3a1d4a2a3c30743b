import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contact, MockServer, type Phone } from "@motte/mock-server";
import { AdminApi, type ApiAnswer } from "../support/admin-api.ts";
import { type Client, pairedClient } from "../support/client.ts";

let server: MockServer;
let api: AdminApi;
let bot: Client;
let phone: Phone;
let ana: Contact;
beforeAll(async () => {
  server = await MockServer.start({ seed: "admin talking" });
  api = new AdminApi(server);
  phone = server.phone({ name: "Bot" });
  ana = server.contact({ name: "Ana" });
  bot = await pairedClient(server, phone);
  await bot.synced();
});
afterAll(async () => {
  await bot[Symbol.asyncDispose]();
  await server.close();
});

const toAna = (act: string, body: object): Promise<ApiAnswer> =>
  api.post(`/admin/contacts/${ana.phoneNumber}/${act}`, body);

const sendToAna = async (text: string): Promise<string> =>
  (await bot.sock.sendMessage(ana.pn, { text }))?.key.id ?? "";

const expectMessage = (message: object, rest: object = {}) =>
  api.post("/admin/expect", { matcher: { direction: "in", message }, timeoutMs: 40_000, ...rest });

const idOf = ({ status, body }: ApiAnswer): string => {
  expect(status).toBe(200);
  return (body as { readonly id: string }).id;
};

const heard = (id: string) =>
  bot.until(`message ${id}`, () => bot.received.find(({ key }) => key.id === id));

describe("a contact over HTTP", () => {
  test("says something, and hears the answer decrypted", async () => {
    const id = idOf(await toAna("send", { to: "Bot", text: "ping", id: "FROMTHETEST" }));
    const message = await heard(id);
    await sendToAna("pong");
    const answer = await toAna("receive", { contains: "on" });

    expect(id).toBe("FROMTHETEST");
    expect(message.message).toMatchObject({ conversation: "ping" });
    expect(await toAna("delivered", { id })).toEqual({ status: 200, body: { ok: true } });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        text: "pong",
        from: phone.pn,
        device: 1,
        message: { extendedTextMessage: { text: "pong" } },
      },
    });
    expect(await api.get(`/admin/contacts/${ana.phoneNumber}/messages?limit=1`)).toEqual({
      status: 200,
      body: { messages: [answer.body] },
    });
  });

  test("answers a message, by LID if wanted", async () => {
    const first = idOf(await toAna("send", { to: phone.pn, text: "first" }));
    const second = idOf(
      await toAna("send", { to: phone.lid, text: "second", quoted: first, asLid: true }),
    );
    const { key, message } = await heard(second);

    expect(key.remoteJid).toBe(ana.lid);
    expect(message?.extendedTextMessage).toMatchObject({
      text: "second",
      contextInfo: { stanzaId: first, quotedMessage: { conversation: "first" } },
    });
  });

  test("sends files, which are really on the media host", async () => {
    const data = Buffer.from("a picture").toString("base64");
    const image = idOf(
      await toAna("send", { to: "Bot", media: { kind: "image", data, caption: "look" } }),
    );
    const file = idOf(
      await toAna("send", { to: "Bot", media: { kind: "document", data, fileName: "a.txt" } }),
    );
    const { message } = await heard(image);

    expect(message?.imageMessage).toMatchObject({ caption: "look", mimetype: "image/jpeg" });
    expect(server.media.download(message ?? {}).toString()).toBe("a picture");
    expect((await heard(file)).message?.documentMessage?.fileName).toBe("a.txt");
  });

  test("sends places, polls, and whatever else a message can be", async () => {
    const place = await toAna("send", { to: "Bot", location: { latitude: 1.5, longitude: -2 } });
    const poll = await toAna("send", {
      to: "Bot",
      poll: { question: "Tea?", options: ["a", "b"] },
    });
    const raw = await toAna("send", {
      to: "Bot",
      message: { extendedTextMessage: { text: "raw", jpegThumbnail: "AAEC" } },
    });

    expect((await heard(idOf(place))).message?.locationMessage).toMatchObject({
      degreesLatitude: 1.5,
    });
    expect((await heard(idOf(poll))).message?.pollCreationMessageV3?.name).toBe("Tea?");
    const { message } = await heard(idOf(raw));
    expect([...(message?.extendedTextMessage?.jpegThumbnail ?? [])]).toEqual([0, 1, 2]);
  });

  test("reacts, edits, takes back and votes", async () => {
    const id = idOf(await toAna("send", { to: "Bot", text: "tpyo" }));
    const poll = idOf(await toAna("send", { to: "Bot", poll: { question: "?", options: ["a"] } }));
    const edited = idOf(await toAna("edit", { id, text: "typo" }));
    const reacted = idOf(await toAna("react", { id, emoji: "👍" }));
    const revoked = idOf(await toAna("revoke", { id }));
    const voted = idOf(await toAna("vote", { id: poll, options: ["a"] }));

    const protocol = async (of: string) => (await heard(of)).message?.protocolMessage;
    expect((await heard(reacted)).message?.reactionMessage?.text).toBe("👍");
    expect((await protocol(revoked))?.key?.id).toBe(id);
    expect((await protocol(edited))?.editedMessage).toMatchObject({ conversation: "typo" });
    expect((await heard(voted)).message?.pollUpdateMessage).toBeDefined();
  });

  test("types, shows presence and reads", async () => {
    await bot.sock.presenceSubscribe(ana.pn);
    const sent = await sendToAna("read this");
    await toAna("receive", { text: "read this" });
    const states = [
      await toAna("presence", { state: "available" }),
      await toAna("typing", { to: "Bot" }),
      await toAna("typing", { to: "Bot", state: "paused" }),
      await toAna("read", { id: sent }),
    ];

    expect(states.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const expected = [
      { tag: "presence", attrs: {} },
      { tag: "chatstate", child: "composing" },
      { tag: "chatstate", child: "paused" },
      { tag: "receipt", attrs: { id: sent, type: "read" } },
    ];
    for (const matcher of expected) {
      const { status } = await api.post("/admin/expect", {
        matcher: { direction: "out", ...matcher },
      });
      expect(status).toBe(200);
    }
  });

  test("waits for messages by who wrote them, to whom and what, once they are decrypted", async () => {
    const id = await sendToAna("red apples");
    await sendToAna("green apples");
    const first = await expectMessage({ from: "Bot", to: ana.phoneNumber, text: "red apples" });
    const both = await expectMessage({ to: "Ana", contains: "apples" }, { count: 2 });
    const { entries } = both.body as { entries: { sequence: number }[] };
    const none = await expectMessage({ text: "blue apples" }, { timeoutMs: 1 });
    const nobody = await expectMessage({ from: "Nobody" });

    expect(first).toMatchObject({ status: 200, body: { tag: "message", attrs: { id } } });
    expect(both.status).toBe(200);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toEqual(first.body);
    expect(none).toMatchObject({ status: 504, body: { error: { code: "MOCK_TIMED_OUT" } } });
    expect(JSON.stringify(none.body)).not.toContain("blue");
    expect(nobody).toMatchObject({ status: 404 });
  });

  test("calls, and hears what the client says to it", async () => {
    const call = idOf(await toAna("call", { to: "Bot", video: true }));
    const offer = await bot.until("the call", () => bot.heard("call").flat()[0]);
    await bot.sock.rejectCall(offer.id, offer.from);
    await api.post("/admin/expect", {
      matcher: { tag: "call", direction: "in", child: "reject" },
    });
    const ended = await toAna(`call/${call}`, { to: "Bot", act: "end" });

    expect(offer).toMatchObject({ id: call, isVideo: true, status: "offer" });
    expect(ended).toEqual({ status: 200, body: { answer: "reject" } });
  });

  test.each([
    [{ text: "x" }, 400, "body.to is missing"],
    [{ to: "Bot" }, 400, "body must have one of text, media, location, poll, message"],
    [{ to: "Bot", text: "x", poll: { question: "q", options: ["a"] } }, 400, "must have one of"],
    [{ to: "Bot", text: 1 }, 400, "body.text must be a string"],
    [{ to: "Bot", media: { kind: "film", data: "" } }, 400, "body.media must be an object whose"],
    [{ to: "Bot", media: { kind: "image", data: "?" } }, 400, "body.media.data must be bytes"],
    [
      { to: "Bot", media: { kind: "image", data: "AA==" }, quoted: "A" },
      400,
      "body.quoted goes with body.text only",
    ],
    [{ to: "Bot", message: { conversatoin: "x" } }, 400, "fields of a WhatsApp message"],
    [{ to: "Bot", message: { imageMessage: 1 } }, 400, "body.message cannot be read"],
    [{ to: "Nobody", text: "x" }, 404, "nobody with this"],
    [{ to: "1@g.us", text: "x" }, 404, "no such group"],
    [{ to: "Bot", text: "x", quoted: "UNKNOWN" }, 404, ""],
  ])("cannot send %j", async (body, status, message) => {
    expect(await toAna("send", body)).toMatchObject({
      status,
      body: { error: { message: expect.stringContaining(message) } },
    });
  });

  test("cannot write to a phone without a client", async () => {
    server.phone({ name: "Lonely" });

    expect(await toAna("send", { to: "Lonely", text: "anyone?" })).toMatchObject({
      status: 409,
      body: { error: { code: "MOCK_NO_COMPANION" } },
    });
  });

  test("waits no longer than it may", async () => {
    const waits = [
      await toAna("receive", { text: "never said", timeoutMs: 1 }),
      await api.post("/admin/expect", { matcher: { tag: "never" }, timeoutMs: 1 }),
    ];

    for (const wait of waits) {
      expect(wait).toMatchObject({ status: 504, body: { error: { code: "MOCK_TIMED_OUT" } } });
    }
  });
});
