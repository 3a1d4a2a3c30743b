import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { pairedClient, settled } from "./support/client.ts";
import { at, childrenOf, quietClient, tag } from "./support/stanza-client.ts";

const isDeviceNews = ({ tag, direction, attrs }: JournalEntry): boolean =>
  tag === "notification" && direction === "out" && attrs["type"] === "devices";

describe("a contact with several devices", () => {
  test("gets what a client writes on each, and answers from any as one person", async () => {
    await using server = await MockServer.start({ seed: "devices" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    const laptop = ana.linkDevice();
    await using client = await pairedClient(server, phone);
    await client.synced();

    await laptop.say(phone, "from the laptop");
    const answer = await client.message("from the laptop");
    const sent = await client.sock.sendMessage(ana.pn, { text: "everywhere?" });
    const [onPhone, onLaptop] = await Promise.all([ana.receive(), laptop.receive()]);
    await client.sock.sendMessage(ana.pn, { text: "got it" });
    const next = await laptop.receive();

    expect([onPhone.id, onLaptop.id]).toEqual([sent?.key.id, sent?.key.id]);
    expect(answer.key).toMatchObject({ remoteJid: ana.pn, fromMe: false });
    expect(next).toMatchObject({ text: "got it", kind: "msg" });
    expect(laptop.device).toBe(1);
    const isFromLaptop = ({ tag, attrs }: JournalEntry): boolean =>
      tag === "message" && attrs["from"] === ana.pn.replace("@", ":1@");
    const [copy] = server.journal.filter(isFromLaptop);
    expect(copy?.children).toEqual(["enc", "device-identity"]);
  });

  test("is written to on a device linked later, and no longer on one that was unlinked", async () => {
    await using server = await MockServer.start({ seed: "later" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    await client.sock.sendMessage(ana.pn, { text: "one" });
    await ana.receive();

    const laptop = ana.linkDevice();
    await server.journal.waitFor(isAckOf("add"));
    await client.sock.sendMessage(ana.pn, { text: "two" });
    const atLaptop = await laptop.receive();
    laptop.unlink();
    await server.journal.waitFor(isAckOf("remove"));
    await client.sock.sendMessage(ana.pn, { text: "three" });
    await ana.receive({ where: ({ text }) => text === "three" });

    expect(atLaptop.text).toBe("two");
    expect(laptop.messages).toHaveLength(1);
    expect(ana.devices).toEqual([]);
    await expect(laptop.say(phone, "still here?")).rejects.toMatchObject({
      code: "MOCK_NO_COMPANION",
    });
    expect(server.journal.filter(isDeviceNews)).toMatchObject([
      { children: ["add"], attrs: { from: ana.pn, lid: ana.lid } },
      { children: ["remove"] },
    ]);

    /** The client has taken note of the news about a device. */
    function isAckOf(operation: string): (entry: JournalEntry) => boolean {
      return ({ direction, tag, attrs }) => {
        const news = server.journal.filter(
          (each) => isDeviceNews(each) && each.children.includes(operation),
        );
        const ids = news.map(({ attrs: { id } }) => id);
        return direction === "in" && tag === "ack" && ids.includes(attrs["id"]);
      };
    }
  });

  test("a device of the phone can be logged out alone; the other ones stay", async () => {
    await using server = await MockServer.start({ seed: "log-out-one" });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using one = await pairedClient(server, phone);
    await using two = await pairedClient(server, phone);
    await Promise.all([one.synced(), two.synced()]);

    await phone.logOut(1);
    const code = await one.closed();
    await ana.say(phone, "still there?");
    await two.message("still there?");

    expect(code).toBe(401);
    expect(phone.companions.map(({ device }) => device)).toEqual([2]);
    await expect(phone.logOut(1)).rejects.toMatchObject({ code: "MOCK_NO_COMPANION" });
  });
});

describe("a contact with a hosted device", () => {
  test("is written to on it under its own server, and answers from it", async () => {
    await using server = await MockServer.start({ seed: "hosted", strict: true });
    const phone = server.phone();
    const shop = server.contact({ name: "Shop" });
    const cloud = shop.linkDevice({ hosted: true });
    const laptop = shop.linkDevice();
    await using client = await pairedClient(server, phone);
    await client.synced();

    const sent = await client.sock.sendMessage(shop.pn, { text: "are you open?" });
    const got = await Promise.all([shop, cloud, laptop].map((device) => device.receive()));
    await cloud.say(phone, "from the cloud", { addressing: "lid" });
    const answer = await client.message("from the cloud");
    await cloud.say(phone, "by number");
    const byNumber = await client.message("by number");
    cloud.read(got[1]?.id ?? "");
    await client.sock.sendMessage(shop.lid, { text: "thanks" });
    const thanks = await cloud.receive();

    expect([cloud.device, laptop.device]).toEqual([99, 1]);
    expect(got.map(({ id }) => id)).toEqual([1, 2, 3].map(() => sent?.key.id));
    // Baileys (process-message.js) files both under the person.
    expect([answer.key.remoteJid, byNumber.key.remoteJid]).toEqual([shop.lid, shop.pn]);
    expect(thanks).toMatchObject({ text: "thanks", kind: "msg" });
    const fromCloud = server.journal.filter(
      ({ direction, tag, attrs }) =>
        direction === "out" && tag === "message" && (attrs["from"] ?? "").includes(":99@"),
    );
    expect(
      fromCloud.map(({ attrs }) => [attrs["from"], attrs["sender_pn"], attrs["sender_lid"]]),
    ).toEqual([
      [shop.lid.replace("@lid", ":99@hosted.lid"), shop.pn, undefined],
      [shop.pn.replace("@s.whatsapp.net", ":99@hosted"), undefined, shop.lid],
    ]);
    await settled(server, phone);
    expect(server.unhandled).toEqual([]);
  });

  test("is listed with it last and marked, and addressed as the list says", async () => {
    await using server = await MockServer.start({ strict: true });
    const shop = server.contact({ name: "Shop" });
    const cloud = shop.linkDevice({ hosted: true });
    shop.linkDevice();
    await using client = await quietClient(server, server.phone());

    const list = async (): Promise<readonly Record<string, string>[]> => {
      const answer = await client.ask("get", "usync", [
        tag("usync", { sid: "1", mode: "query", last: "true", index: "0", context: "message" }, [
          tag("query", {}, [tag("devices", { version: "2" })]),
          tag("list", {}, [tag("user", { jid: shop.lid })]),
        ]),
      ]);
      const devices = at(answer, "list", "user", "devices", "device-list");
      return childrenOf(devices).map(({ attrs }) => attrs);
    };
    const before = await list();
    const jids = await client.sock.getUSyncDevices([shop.lid], false, false);
    cloud.unlink();

    expect(before).toEqual([
      { id: "0" },
      { id: "1", "key-index": "1" },
      { id: "99", "key-index": "99", is_hosted: "true" },
    ]);
    expect(jids.map(({ jid }) => jid)).toContain(shop.lid.replace("@lid", ":99@hosted.lid"));
    expect((await list()).map(({ id }) => id)).toEqual(["0", "1"]);
  });

  test("is there once, and not in groups", async () => {
    await using server = await MockServer.start({ strict: true });
    const phone = server.phone();
    const shop = server.contact({ name: "Shop" });
    const ana = server.contact({ name: "Ana" });
    const cloud = shop.linkDevice({ hosted: true });
    expect(() => shop.linkDevice({ hosted: true })).toThrow(
      expect.objectContaining({ code: "MOCK_TOO_MANY_DEVICES" }),
    );
    await using client = await pairedClient(server, phone);
    await client.synced();
    const group = server.group({ subject: "Orders", members: [phone, shop, ana] });

    await client.sock.sendMessage(group.jid, { text: "hello all" });
    await ana.say(group, "hello from Ana");
    await shop.receive({ where: ({ text }) => text === "hello all" });
    await shop.receive({ where: ({ text }) => text === "hello from Ana" });
    // What is said to the person alone comes after what was said in the group.
    await client.sock.sendMessage(shop.lid, { text: "to you" });
    const first = await cloud.receive();

    expect(first.text).toBe("to you");
    await expect(cloud.say(group, "hello")).rejects.toMatchObject({
      code: "MOCK_MESSAGE_NOT_ACCEPTED",
      message: expect.stringContaining("403"),
    });
    cloud.unlink();
    expect(shop.linkDevice({ hosted: true }).device).toBe(99);
  });
});
