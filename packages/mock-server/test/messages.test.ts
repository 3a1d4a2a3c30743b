import { proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { MockServer, type ReceivedMessage } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";

const { Status } = proto.WebMessageInfo;

describe("messages", () => {
  test("texts go both ways, first with a new Signal session and then on with it", async () => {
    await using server = await MockServer.start({ seed: "messages" });
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();

    const { id } = await ana.say(phone, "hello");
    const heard = await client.message("hello");
    await ana.delivered(id);
    await client.sock.sendMessage(ana.pn, { text: "hi Ana" });
    const answer = await ana.receive();
    await ana.say(phone, "how are you?");
    await client.message("how are you?");
    await client.sock.sendMessage(ana.pn, { text: "fine" });
    const second = await ana.receive();

    expect(heard).toMatchObject({
      pushName: "Ana",
      key: { id, remoteJid: ana.pn, remoteJidAlt: ana.lid },
    });
    expect(answer).toMatchObject({ text: "hi Ana", from: phone.pn, device: 1, kind: "pkmsg" });
    expect(second).toMatchObject({ text: "fine", kind: "msg" });
    const kinds = server.journal
      .filter(
        ({ tag, direction, attrs }) =>
          tag === "message" && direction === "out" && attrs["notify"] === "Ana",
      )
      .map(({ attrs }) => attrs["from"]);
    expect(kinds).toEqual([ana.pn, ana.pn]);
    expect(server.journal.unhandled).toEqual([]);
  });

  test("a client that writes first reaches a contact who has never written", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());

    const sent = await client.sock.sendMessage(ana.pn, { text: "first" });
    const received = await ana.receive();

    expect(received).toMatchObject({ id: sent?.key.id, text: "first", kind: "pkmsg" });
    expect(received.message.extendedTextMessage?.text).toBe("first");
  });

  test("each message of a client is acknowledged once, from where it was sent to, with the time", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());

    const sent = await client.sock.sendMessage(ana.lid, { text: "by LID" });
    await ana.receive();
    await client.status(sent?.key.id, Status.DELIVERY_ACK);
    const acks = server.journal.filter(
      ({ tag, attrs }) =>
        tag === "ack" && attrs["class"] === "message" && attrs["id"] === sent?.key.id,
    );

    expect(acks).toMatchObject([
      { direction: "out", attrs: { from: ana.lid, t: expect.stringMatching(/^\d+$/) } },
    ]);
  });

  test("a contact confirms what it got, and the client hears of it", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());
    await client.synced();

    const sent = await client.sock.sendMessage(ana.pn, { text: "seen?" });

    expect(await client.status(sent?.key.id, Status.DELIVERY_ACK)).toBeDefined();
  });

  test("a contact may be seen by its LID", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);

    await ana.say(phone, "by LID", { addressing: "lid", id: "MINE" });
    const heard = await client.message("by LID");
    await ana.delivered("MINE");

    expect(heard.key).toMatchObject({ id: "MINE", remoteJid: ana.lid, remoteJidAlt: ana.pn });
  });

  test("the phone gets a copy of what its client sends", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);

    const sent = await client.sock.sendMessage(ana.pn, { text: "for the record" });
    await ana.receive();

    expect(phone.sentMessages).toMatchObject([
      { id: sent?.key.id, to: ana.pn, text: "for the record", device: 1 },
    ]);
  });

  test("every device of a phone hears a contact, and what another device of the phone sends", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using one = await pairedClient(server, phone);
    await using two = await pairedClient(server, phone);
    await Promise.all([one.synced(), two.synced()]);

    await ana.say(phone, "to all");
    await Promise.all([one.message("to all"), two.message("to all")]);
    await one.sock.sendMessage(ana.pn, { text: "from one" });
    const copy = await two.until("the copy", () =>
      two.received.find(({ message }) => message?.extendedTextMessage?.text === "from one"),
    );

    expect(copy.key).toMatchObject({ fromMe: true, remoteJid: ana.pn });
    expect(await ana.receive()).toMatchObject({ text: "from one", device: 1 });
  });

  test("two bots talk to each other", async () => {
    await using server = await MockServer.start();
    const here = server.phone({ name: "Here" });
    const there = server.phone({ name: "There" });
    await using one = await pairedClient(server, here);
    await using two = await pairedClient(server, there);
    await Promise.all([one.synced(), two.synced()]);

    const sent = await one.sock.sendMessage(there.pn, { text: "over there?" });
    const heard = await two.until("the message", () =>
      two.received.find(({ key }) => key.id === sent?.key.id),
    );
    await two.sock.readMessages([heard.key]);
    await one.status(sent?.key.id, Status.READ);

    expect(heard.message?.extendedTextMessage?.text).toBe("over there?");
    expect(heard.key).toMatchObject({ remoteJid: here.pn, fromMe: false });
  });

  test("messages arrive in the order they were said, also when nobody waited in between", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const texts = Array.from({ length: 8 }, (_, index) => `text ${index}`);

    await Promise.all(texts.map((text) => ana.say(phone, text)));
    await client.message("text 7");

    expect(client.received.map(({ message }) => message?.conversation).filter(Boolean)).toEqual(
      texts,
    );
  });

  test("received messages are taken one by one, by what they say if need be", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());
    const listened: ReceivedMessage[] = [];
    const subscription = ana.on("message", (message) => listened.push(message));

    for (const text of ["a", "b", "c"]) await client.sock.sendMessage(ana.pn, { text });
    const b = await ana.receive({ where: ({ text }) => text === "b" });
    const a = await ana.receive();
    subscription[Symbol.dispose]();
    const c = await ana.receive();
    await client.sock.sendMessage(ana.pn, { text: "d" });
    await ana.receive();

    expect([a.text, b.text, c.text]).toEqual(["a", "b", "c"]);
    expect(listened.map(({ text }) => text).slice(0, 2)).toEqual(["a", "b"]);
    expect(listened).not.toContainEqual(expect.objectContaining({ text: "d" }));
    expect(ana.messages.map(({ text }) => text)).toEqual(["a", "b", "c", "d"]);
    await expect(ana.receive({ timeoutMs: 10 })).rejects.toMatchObject({
      code: "MOCK_TIMED_OUT",
      message: expect.stringMatching(/4 came in all(.|\n)*C> c2 <message/),
    });
  });

  test("a contact cannot write to a phone without devices, nor wait for what it never sent", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });

    await expect(ana.say(server.phone(), "anyone?")).rejects.toMatchObject({
      code: "MOCK_NO_COMPANION",
    });
    await expect(ana.delivered("NEVER")).rejects.toMatchObject({ code: "MOCK_UNKNOWN_MESSAGE" });
  });

  test("a number nobody has is unknown, and a message to it goes nowhere", async () => {
    await using server = await MockServer.start({ strict: true });
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());
    await client.synced();

    const known = await client.sock.onWhatsApp(ana.phoneNumber, "15559999999");
    const sent = await client.sock.sendMessage("15559999999@s.whatsapp.net", { text: "hello?" });

    expect(known).toEqual([{ jid: ana.pn, exists: true }]);
    expect(await client.status(sent?.key.id, Status.ERROR)).toBeDefined();
  });
});
