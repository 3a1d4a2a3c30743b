import {
  type WAMessage,
  decryptPollVote,
  getAggregateVotesInPollMessage,
  proto,
} from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";

const { Type } = proto.Message.ProtocolMessage;

/** The first message a client received with content that suits. */
function received(
  client: Client,
  what: string,
  suits: (content: proto.IMessage) => unknown,
): Promise<WAMessage> {
  return client.until(what, () =>
    client.received.find(({ key, message }) => !key.fromMe && message && suits(message)),
  );
}

describe("what a contact sends", () => {
  test("answers, reactions, edits and revocations point at the message they are about", async () => {
    await using server = await MockServer.start({ seed: "content" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const question = await client.sock.sendMessage(ana.pn, { text: "lunch?" });
    const heard = await ana.receive();
    const questionId = question?.key.id ?? "";

    const answer = await ana.say(phone, "yes, noon", { quoted: heard });
    const quoted = await received(client, "the answer", (m) => m.extendedTextMessage);
    await ana.react(heard, "👍");
    const reaction = await received(client, "the reaction", (m) => m.reactionMessage);
    await ana.edit(answer, "yes, one o'clock");
    const edit = await client.until("the edit", () =>
      client.statuses.find(({ key, update }) => key.id === answer.id && update.message),
    );
    await ana.revoke(answer);
    await client.until("the revocation", () =>
      client.statuses.find(({ key, update }) => key.id === answer.id && update.message === null),
    );

    expect(quoted.message?.extendedTextMessage).toMatchObject({
      text: "yes, noon",
      contextInfo: { stanzaId: questionId, participant: phone.pn },
    });
    expect(reaction.message?.reactionMessage).toMatchObject({
      text: "👍",
      key: { id: questionId, fromMe: true, remoteJid: ana.pn },
    });
    expect(edit.update.message?.editedMessage?.message?.conversation).toBe("yes, one o'clock");
    const edits = server.journal
      .filter(
        ({ tag, direction, attrs }) =>
          tag === "message" && direction === "out" && attrs["edit"] !== undefined,
      )
      .map(({ attrs }) => attrs["edit"]);
    expect(edits).toEqual(["1", "7"]);
  });

  test("places, cards, forwarded and disappearing texts arrive as what they are", async () => {
    await using server = await MockServer.start({ seed: "kinds" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();

    await ana.sendLocation(phone, { latitude: 47.5, longitude: 19, name: "Here" });
    const place = await received(client, "the place", (m) => m.locationMessage);
    await ana.sendCard(phone, { name: "Ben", phoneNumber: "15550001234" });
    const card = await received(client, "the card", (m) => m.contactMessage);
    const first = await ana.say(phone, "news");
    await ana.forward(phone, first);
    const forwarded = await received(client, "the forward", (m) => m.extendedTextMessage);
    await ana.say(phone, "gone soon", { disappearsAfterSeconds: 60 });
    const brief = await received(client, "the brief one", (m) => m.ephemeralMessage);

    expect(place.message?.locationMessage).toMatchObject({ degreesLatitude: 47.5, name: "Here" });
    expect(card.message?.contactMessage?.vcard).toContain("waid=15550001234:+15550001234");
    expect(forwarded.message?.extendedTextMessage).toMatchObject({
      text: "news",
      contextInfo: { isForwarded: true },
    });
    expect(brief.message?.ephemeralMessage?.message?.extendedTextMessage).toMatchObject({
      text: "gone soon",
      contextInfo: { expiration: 60 },
    });
    const kinds = server.journal
      .filter(
        ({ tag, direction, attrs }) =>
          tag === "message" && direction === "out" && attrs["notify"] === "Ana",
      )
      .map(({ attrs }) => attrs["type"]);
    expect(kinds).toEqual(["media", "media", "text", "text", "text"]);
  });

  test("a vote on a client's poll opens with the poll's secret, and only for the one who voted", async () => {
    await using server = await MockServer.start({ seed: "votes" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const poll = await client.sock.sendMessage(ana.pn, {
      poll: { name: "Lunch?", values: ["soup", "salad"], selectableCount: 1 },
    });
    const heard = await ana.receive();

    await ana.vote(heard, ["salad"]);
    const vote = await received(client, "the vote", (m) => m.pollUpdateMessage);
    const update = vote.message?.pollUpdateMessage;
    const opened = decryptPollVote(update?.vote ?? {}, {
      pollEncKey: poll?.message?.messageContextInfo?.messageSecret ?? Buffer.alloc(0),
      pollCreatorJid: phone.pn,
      pollMsgId: poll?.key.id ?? "",
      voterJid: ana.pn,
    });
    const result = getAggregateVotesInPollMessage({
      message: poll?.message ?? null,
      pollUpdates: [{ pollUpdateMessageKey: vote.key, vote: opened }],
    });

    expect(update?.pollCreationMessageKey).toMatchObject({ id: poll?.key.id, fromMe: true });
    expect(result).toEqual([
      { name: "soup", voters: [] },
      { name: "salad", voters: [ana.lid] },
    ]);
    await expect(ana.vote(heard, ["steak"])).rejects.toThrow(
      /no option "steak", only: soup, salad/,
    );
    await expect(ana.react("NEVER", "x")).rejects.toMatchObject({ code: "MOCK_UNKNOWN_MESSAGE" });
  });

  test("a poll of a contact is voted on by others, and the last vote of each counts", async () => {
    await using server = await MockServer.start({ seed: "own-poll" });
    const [ana, ben, cy] = ["Ana", "Ben", "Cy"].map((name) => server.contact({ name }));
    if (!ana || !ben || !cy) throw new Error("three contacts");
    const group = server.group({ subject: "Lunch", members: [ana, ben, cy] });

    for (const [to, voters] of [
      [ben, [ben]],
      [group, [ben, cy]],
    ] as const) {
      const { id } = await ana.poll(to, { question: "What?", options: ["soup", "salad"] });
      for (const voter of voters) {
        await voter.receive({ where: (message) => message.id === id });
        await voter.vote(id, ["soup"]);
      }
      await ben.vote(id, ["salad"]);
      for (let count = 0; count <= voters.length; count++) await ana.receive();

      const last = voters.map(({ pn }) => ({
        from: pn,
        chosen: [pn === ben.pn ? "salad" : "soup"],
      }));
      expect(ana.votes(id)).toEqual(last);
    }
  });

  test("says that it has read a message, and the client sees it", async () => {
    await using server = await MockServer.start({ seed: "read" });
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());
    await client.synced();

    const sent = await client.sock.sendMessage(ana.pn, { text: "seen?" });
    ana.read(await ana.receive());

    expect(await client.status(sent?.key.id, proto.WebMessageInfo.Status.READ)).toBeDefined();
  });
});

describe("what a client sends", () => {
  test("reaches a contact whatever it is", async () => {
    await using server = await MockServer.start({ seed: "client-content" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const { id } = await ana.say(phone, "hello");
    const hello = await client.message("hello");

    const text = await client.sock.sendMessage(ana.pn, { text: "hi" }, { quoted: hello });
    const quoted = await ana.receive();
    await client.sock.sendMessage(ana.pn, { react: { text: "🎉", key: hello.key } });
    const reaction = await ana.receive();
    await client.sock.sendMessage(ana.pn, { react: { text: "", key: hello.key } });
    const unreaction = await ana.receive();
    if (text) await client.sock.sendMessage(ana.pn, { edit: text.key, text: "hi Ana" });
    const edit = await ana.receive();
    if (text) await client.sock.sendMessage(ana.pn, { delete: text.key });
    const revocation = await ana.receive();
    await client.sock.sendMessage(ana.pn, { forward: hello });
    const forward = await ana.receive();
    await client.sock.sendMessage(ana.pn, {
      location: { degreesLatitude: 1, degreesLongitude: 2 },
    });
    const place = await ana.receive();

    expect(quoted.message.extendedTextMessage?.contextInfo?.stanzaId).toBe(id);
    expect(reaction.message.reactionMessage).toMatchObject({ text: "🎉", key: { id } });
    expect(unreaction.message.reactionMessage).toMatchObject({ text: "", key: { id } });
    expect(edit.message.protocolMessage).toMatchObject({
      type: Type.MESSAGE_EDIT,
      key: { id: text?.key.id },
    });
    expect(revocation.message.protocolMessage).toMatchObject({
      type: Type.REVOKE,
      key: { id: text?.key.id },
    });
    expect(forward.text).toBe("hello");
    expect(place.message.locationMessage?.degreesLongitude).toBe(2);
  });
});
