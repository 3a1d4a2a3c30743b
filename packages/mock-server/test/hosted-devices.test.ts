import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { pairedClient, settled } from "./support/client.ts";
import { at, childrenOf, quietClient, tag } from "./support/stanza-client.ts";

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
      ({ direction, attrs, children }) =>
        direction === "out" && children.includes("enc") && (attrs["from"] ?? "").includes(":99@"),
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
