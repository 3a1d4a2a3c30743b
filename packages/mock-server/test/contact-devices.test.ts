import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";

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
