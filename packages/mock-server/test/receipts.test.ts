import { type WAMessage, WAMessageStatus, type proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { type Client, pairedClient, settled } from "./support/client.ts";
import { at, childrenOf, quietClient, tag } from "./support/stanza-client.ts";

const { READ, PLAYED } = WAMessageStatus;

const receipts =
  (type: string, connection: string | undefined) =>
  (entry: JournalEntry): boolean =>
    entry.tag === "receipt" &&
    entry.direction === "out" &&
    entry.attrs["type"] === type &&
    entry.connection === connection;

/** A message of another client, as this one got it. */
function arrived(client: Client, sent: WAMessage | undefined): Promise<WAMessage> {
  return client.until("the message", () =>
    client.received.find(({ key, message }) => key.id === sent?.key.id && message),
  );
}

/** What a client was told of its message in a group, by itself or together with the message. */
function receiptsOf(client: Client, sent: WAMessage | undefined): proto.IUserReceipt[] {
  const updates = client.heard("message-receipt.update").flat();
  return [
    ...updates.filter(({ key }) => key.id === sent?.key.id).map(({ receipt }) => receipt),
    ...client.received
      .filter(({ key }) => key.id === sent?.key.id)
      .flatMap(({ userReceipt }) => userReceipt ?? []),
  ];
}

describe("a receipt", () => {
  test("of a message read on one device goes to its author and to the reader's other devices", async () => {
    await using server = await MockServer.start({ seed: "read-self", strict: true });
    const phone = server.phone({ name: "Ada" });
    const bensPhone = server.phone({ name: "Ben" });
    await using desk = await pairedClient(server, phone);
    await using travel = await pairedClient(server, phone);
    await using ben = await pairedClient(server, bensPhone);
    await Promise.all([desk.synced(), travel.synced(), ben.synced()]);

    const sent = await ben.sock.sendMessage(phone.pn, { text: "read me" });
    const { key } = await arrived(desk, sent);
    await arrived(travel, sent);
    await settled(server, phone);
    await ben.status(sent?.key.id, WAMessageStatus.DELIVERY_ACK);
    await desk.sock.readMessages([key]);
    await ben.status(sent?.key.id, READ);
    const atTravel = server.connections[1]?.id;
    const told = await server.journal.waitFor(receipts("read-self", atTravel));

    expect(told.attrs).toMatchObject({
      id: sent?.key.id,
      from: phone.pn,
      recipient: bensPhone.pn,
    });
    await travel.until("read", () =>
      travel.statuses.find((each) => each.key.id === sent?.key.id && each.update.status === READ),
    );
    const ofBen = server.journal.filter(receipts("read-self", server.connections[2]?.id));
    expect(ofBen).toEqual([]);
    await desk.sock.sendReceipts([key], "played");
    const played = await server.journal.waitFor(receipts("played-self", atTravel));
    expect(played.attrs).toMatchObject({ id: sent?.key.id, recipient: bensPhone.pn });
  });

  test("of one who hides them stays among the own devices", async () => {
    await using server = await MockServer.start({ seed: "hidden", strict: true });
    const phone = server.phone({ name: "Ada" });
    const bensPhone = server.phone({ name: "Ben" });
    await using desk = await pairedClient(server, phone);
    await using travel = await pairedClient(server, phone);
    await using ben = await pairedClient(server, bensPhone);
    await Promise.all([desk.synced(), travel.synced(), ben.synced()]);
    await desk.sock.updateReadReceiptsPrivacy("none");
    await desk.sock.fetchPrivacySettings(true);

    const sent = await ben.sock.sendMessage(phone.pn, { text: "seen?" });
    const { key } = await arrived(desk, sent);
    await desk.sock.readMessages([key]);
    await server.journal.waitFor(receipts("read-self", server.connections[1]?.id));
    const again = await ben.sock.sendMessage(phone.pn, { text: "answer me" });
    await ben.status(again?.key.id, WAMessageStatus.DELIVERY_ACK);

    const read = ben.statuses.filter(({ key: { id }, update }) => {
      return id === sent?.key.id && (update.status ?? 0) >= READ;
    });
    expect(read).toEqual([]);
    await arrived(travel, again);
  });

  test("of a voice note says that it was played, in a chat and in a group", async () => {
    await using server = await MockServer.start({ seed: "played", strict: true });
    const phone = server.phone({ name: "Ada" });
    const bensPhone = server.phone({ name: "Ben" });
    const group = server.group({ subject: "Voices", members: [phone, bensPhone] });
    await using ada = await pairedClient(server, phone);
    await using ben = await pairedClient(server, bensPhone);
    await Promise.all([ada.synced(), ben.synced()]);

    for (const jid of [phone.pn, group.jid]) {
      const sent = await ben.sock.sendMessage(jid, { text: `to ${jid}` });
      const { key } = await arrived(ada, sent);
      await ada.sock.sendReceipts([key], "played");
      const inGroup = jid === group.jid;
      if (!inGroup) await ben.status(sent?.key.id, PLAYED);
      else
        await ben.until("played", () => receiptsOf(ben, sent).find((each) => each.readTimestamp));
      const told = server.journal.filter(receipts("played", server.connections[1]?.id));
      expect(told.at(-1)?.attrs).toMatchObject(
        inGroup ? { from: jid, participant: phone.lid } : { from: phone.pn },
      );
    }
  });

  test("of many messages at once settles each, and is passed on as it is", async () => {
    await using server = await MockServer.start({ seed: "many", strict: true });
    const phone = server.phone({ name: "Ada" });
    const bensPhone = server.phone({ name: "Ben" });
    await using ben = await pairedClient(server, bensPhone);
    await ben.synced();
    await using ada = await pairedClient(server, phone);
    await ada.synced();

    const sent: (WAMessage | undefined)[] = [];
    for (const text of ["one", "two", "three"]) {
      sent.push(await ben.sock.sendMessage(phone.pn, { text }));
    }
    const heard = await Promise.all(sent.map((each) => arrived(ada, each)));
    await ada.sock.readMessages(heard.map(({ key }) => key));
    for (const each of sent) await ben.status(each?.key.id, READ);

    const [told, ...more] = server.journal.filter(receipts("read", server.connections[0]?.id));
    expect([told?.children, more]).toEqual([["list"], []]);
    expect(phone.companions.map(({ queued }) => queued)).toEqual([0]);
  });

  test("for a message nobody sent changes nothing", async () => {
    await using server = await MockServer.start({ seed: "never-sent", strict: true });
    const ana = server.contact({ name: "Ana" });
    const phone = server.phone({ name: "Ada" });
    await using client = await quietClient(server, phone);
    const waiting = phone.companions.map(({ queued }) => queued);

    await client.tell(tag("receipt", { id: "NEVER", to: ana.pn }));
    await client.tell(
      tag("receipt", { id: "NEVER", to: ana.pn, type: "retry" }, [
        tag("retry", { count: "1", id: "NEVER", t: "1", v: "1" }),
      ]),
    );
    await client.tell(tag("ack", { id: "NEVER", class: "message", to: ana.pn, error: "500" }));
    await client.tell(tag("ack", { id: "NEVER", class: "notification", to: ana.pn }));

    expect(phone.companions.map(({ queued }) => queued)).toEqual(waiting);
    await ana.say(phone, "still fine");
    await client.client.message("still fine");
  });
});

describe("a receipt of several readers", () => {
  test("reaches every device of the author in one stanza, and is confirmed", async () => {
    await using server = await MockServer.start({ strict: true });
    const phone = server.phone({ name: "Bot" });
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    await using one = await quietClient(server, phone);
    await using two = await quietClient(server, phone);
    const group = server.group({ subject: "Many", members: [phone, ana, ben] });
    const sent = await one.sock.sendMessage(group.jid, { text: "who reads this?" });
    const message = await ana.receive();

    group.confirm(message, [ana, ben], { type: "read" });
    group.confirm(message, ana);
    await settled(server, phone);
    await Promise.all([one.roundTrip(), two.roundTrip()]);

    for (const client of [one, two]) {
      const grouped = client.got("receipt", (each) => at(each, "participants") !== undefined);
      expect(grouped.map(({ attrs }) => [attrs["from"], attrs["type"]])).toEqual([
        [group.jid, "read"],
        [group.jid, undefined],
      ]);
      const readers = grouped.map((each) => at(each, "participants"));
      expect(readers.map((each) => each?.attrs)).toEqual([1, 2].map(() => ({ key: sent?.key.id })));
      expect(readers.map((each) => childrenOf(each).map(({ attrs }) => attrs["jid"]))).toEqual([
        [ana.lid, ben.lid],
        [ana.lid],
      ]);
    }
    expect(server.unhandled).toEqual([]);
  });

  test("tells a contact that its message arrived, and is only for members", async () => {
    await using server = await MockServer.start({ strict: true });
    const phone = server.phone({ name: "Bot" });
    const [ana, foe] = [server.contact({ name: "Ana" }), server.contact({ name: "Foe" })];
    await using other = await MockServer.start();
    await using client = await quietClient(server, phone);
    const group = server.group({ subject: "Many", members: [ana, phone] });
    // The client confirms nothing by itself.
    client.sock.ws.removeAllListeners("CB:message");
    const { id } = await ana.say(group, "hello");

    group.confirm({ id, from: ana.lid }, phone);

    await ana.delivered(id);
    expect(() => group.confirm({ id, from: ana.pn }, [phone, foe])).toThrow(
      expect.objectContaining({ code: "MOCK_GROUP_REFUSED", status: 403 }),
    );
    const stranger = other.contact({ phoneNumber: "15550009999" });
    expect(() => group.confirm({ id, from: stranger.pn }, phone)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });
});
