import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";
import { quietClient, tag as stanza } from "./support/stanza-client.ts";

/** Everything a client was told in a group by others. */
function heard(client: Client, group: string): (string | undefined)[] {
  return client.received
    .filter(({ key, message }) => key.remoteJid === group && !key.fromMe && message)
    .map(({ message }) => message?.conversation ?? message?.extendedTextMessage?.text ?? undefined)
    .filter((text) => text !== undefined);
}

function hears(client: Client, group: string, text: string): Promise<true> {
  return client.until(`"${text}"`, () => heard(client, group).includes(text) || undefined);
}

/** A client has taken note of a read receipt. */
const isAck = ({ direction, tag, attrs }: JournalEntry): boolean =>
  direction === "in" && tag === "ack" && attrs["class"] === "receipt" && attrs["type"] === "read";

describe("a group message", () => {
  test("of a client reaches every member once, clients and contacts", async () => {
    await using server = await MockServer.start({ seed: "group-client" });
    const [one, two] = [server.phone({ name: "One" }), server.phone({ name: "Two" })];
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Trip", members: [one, two, ana] });
    await using first = await pairedClient(server, one);
    await using second = await pairedClient(server, two);
    await Promise.all([first.synced(), second.synced()]);

    const sent = await first.sock.sendMessage(group.jid, { text: "who drives?" });
    await hears(second, group.jid, "who drives?");
    const atAna = await ana.receive();
    await second.sock.sendMessage(group.jid, { text: "me" });
    await hears(first, group.jid, "me");
    const answer = await ana.receive();

    expect(atAna).toMatchObject({
      id: sent?.key.id,
      text: "who drives?",
      chat: group.jid,
      from: one.pn,
      kind: "skmsg",
    });
    expect(answer).toMatchObject({ text: "me", from: two.pn });
    expect(phoneCopies(one.sentMessages)).toEqual([["who drives?", group.jid]]);
    const message = second.received.find(({ key }) => key.id === sent?.key.id);
    expect(message).toMatchObject({
      pushName: "One",
      key: { participant: one.lid, participantAlt: one.pn, addressingMode: "lid" },
    });
    expect(heard(second, group.jid)).toEqual(["who drives?"]);
  });

  test("of a contact is read by every client, first with the key and then without", async () => {
    await using server = await MockServer.start({ seed: "group-contact" });
    const one = server.phone({ name: "One" });
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    const group = server.group({ subject: "Trip", members: [ana, one, ben] });
    await using client = await pairedClient(server, one);
    await client.synced();

    for (const text of ["a", "b", "c"]) await ana.say(group, text);
    await hears(client, group.jid, "c");

    expect(heard(client, group.jid)).toEqual(["a", "b", "c"]);
    expect(ben.messages.map(({ text, chat }) => [text, chat])).toEqual(
      ["a", "b", "c"].map((text) => [text, group.jid]),
    );
  });

  test("is delivered when somebody confirms it, and the client that wrote it hears who", async () => {
    await using server = await MockServer.start({ seed: "group-receipts" });
    const one = server.phone({ name: "One" });
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Trip", members: [one, ana] });
    await using client = await pairedClient(server, one);
    await client.synced();

    const { id } = await ana.say(group, "hello");
    await ana.delivered(id);
    const sent = await client.sock.sendMessage(group.jid, { text: "hi" });
    ana.read(await ana.receive());
    await server.journal.waitFor(isAck);

    const names = { from: group.jid, participant: ana.lid, id: sent?.key.id };
    expect(
      server.journal.filter(({ tag, direction }) => tag === "receipt" && direction === "out"),
    ).toMatchObject([
      { attrs: { ...names, t: expect.stringMatching(/^\d+$/) } },
      { attrs: { ...names, type: "read" } },
    ]);
  });

  test("is not for who was removed, and its key is given out anew after that", async () => {
    await using server = await MockServer.start({ seed: "group-removal" });
    const one = server.phone({ name: "One" });
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    const group = server.group({ subject: "Trip", members: [ana, one, ben] });
    await using client = await pairedClient(server, one);
    await client.synced();
    await client.sock.sendMessage(group.jid, { text: "all" });
    await Promise.all([ana.receive(), ben.receive()]);
    await ana.say(group, "also all");
    await hears(client, group.jid, "also all");

    group.remove([ben]);
    await ana.say(group, "without Ben");
    await hears(client, group.jid, "without Ben");
    await client.sock.sendMessage(group.jid, { text: "just us" });
    await ana.receive({ where: ({ text }) => text === "just us" });

    expect(ben.messages.map(({ text }) => text)).toEqual(["all", "also all"]);
    await expect(ben.say(group, "hey")).rejects.toMatchObject({
      code: "MOCK_MESSAGE_NOT_ACCEPTED",
      message: expect.stringContaining("error 403"),
    });
  });

  test("is not given again to who was removed since, even if they could not read it", async () => {
    await using server = await MockServer.start({ seed: "group-late-retry", strict: true });
    const phone = server.phone();
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    const group = server.group({ subject: "Trip", members: [ana, phone, ben] });
    await using client = await quietClient(server, phone);
    const { id } = await ana.say(group, "for members");
    await hears(client.client, group.jid, "for members");

    group.remove([phone]);
    const [first] = client.got("message", ({ attrs }) => attrs["id"] === id);
    const participant = first?.attrs["participant"] ?? "";
    const retry = stanza("retry", { count: "1", id, t: "1", v: "1" });
    await client.tell(
      stanza("receipt", { id, to: group.jid, participant, type: "retry" }, [retry]),
    );
    // Ana answers what is asked of her in turn, so the retry is dealt with when this has come.
    await ana.say(phone, "sorry");
    await client.client.message("sorry");

    expect(client.got("message", ({ attrs }) => attrs["id"] === id)).toEqual([first]);
  });

  test("that a client cannot read is encrypted again for it alone", async () => {
    await using server = await MockServer.start({ seed: "group-retry" });
    const one = server.phone({ name: "One" });
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Trip", members: [ana, one] });
    await using client = await pairedClient(server, one, { retryRequestDelayMs: 10 });
    await client.synced();
    await ana.say(group, "before");
    await hears(client, group.jid, "before");
    for (const key of client.auth.records.keys()) {
      if (key.startsWith("sender-key")) client.auth.records.delete(key);
    }

    await ana.say(group, "after");
    await hears(client, group.jid, "after");

    expect(heard(client, group.jid)).toEqual(["before", "after"]);
  });

  test("is asked for again by a contact, and the client sends it anew with its key", async () => {
    await using server = await MockServer.start({ seed: "group-ask" });
    const one = server.phone({ name: "One" });
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Trip", members: [ana, one] });
    const store = new Map<string, object>();
    await using client = await pairedClient(server, one, {
      getMessage: async ({ id }) => store.get(id ?? ""),
    });
    await client.synced();

    const sent = await client.sock.sendMessage(group.jid, { text: "once" });
    if (sent?.message) store.set(sent.key.id ?? "", sent.message);
    const first = await ana.receive();
    ana.askAgain(first.id);
    const second = await ana.receive();

    expect(second).toMatchObject({ id: first.id, text: "once", chat: group.jid });
  });
});

describe("a status", () => {
  test("of a contact reaches those it is in touch with", async () => {
    await using server = await MockServer.start({ seed: "status" });
    const [one, two] = [server.phone({ name: "One" }), server.phone({ name: "Two" })];
    const ana = server.contact({ name: "Ana" });
    await using friend = await pairedClient(server, one);
    await using stranger = await pairedClient(server, two);
    await Promise.all([friend.synced(), stranger.synced()]);
    await ana.say(one, "hello");
    await friend.message("hello");

    await ana.say({ jid: "status@broadcast" }, "at the lake");
    await ana.say({ jid: "status@broadcast" }, "still there");
    await hears(friend, "status@broadcast", "still there");

    expect(heard(friend, "status@broadcast")).toEqual(["at the lake", "still there"]);
    expect(heard(stranger, "status@broadcast")).toEqual([]);
  });

  test("of a client reaches whom it lists", async () => {
    await using server = await MockServer.start({ seed: "status-client" });
    const one = server.phone({ name: "One" });
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    await using client = await pairedClient(server, one);
    await client.synced();

    await client.sock.sendMessage(
      "status@broadcast",
      { text: "hello all" },
      { statusJidList: [ana.pn] },
    );
    const seen = await ana.receive();

    expect(seen).toMatchObject({ text: "hello all", chat: "status@broadcast", from: one.pn });
    expect(ben.messages).toEqual([]);
  });
});

function phoneCopies(
  sent: readonly { readonly text: string | undefined; readonly to: string }[],
): unknown {
  return sent.map(({ text, to }) => [text, to]);
}
