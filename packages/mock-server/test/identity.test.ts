import { describe, expect, test } from "vitest";
import {
  type Contact,
  type JournalEntry,
  MockServer,
  type Phone,
  type ReceivedMessage,
} from "@motte/mock-server";
import { Client, pairedClient, settled } from "./support/client.ts";

/** The client's answer to the news that somebody has other keys. */
const tookNewIdentity = ({ tag, direction, attrs }: JournalEntry): boolean =>
  tag === "ack" && direction === "in" && attrs["type"] === "encrypt";

/** Leaves both sides with a Signal session they have agreed on. */
async function talkInOneSession(
  client: Client,
  ana: Contact,
  phone: Phone,
): Promise<ReceivedMessage> {
  // Baileys writes first in a session of its own, and goes on with it once it was answered there.
  await client.sock.sendMessage(ana.pn, { text: "hello" });
  await ana.receive();
  await ana.say(phone, "old phone");
  await client.message("old phone");
  await client.sock.sendMessage(ana.pn, { text: "in the same session" });
  return ana.receive();
}

describe("a contact who installs the app anew", () => {
  test("has other keys, which a connected client fetches before it writes again", async () => {
    await using server = await MockServer.start({ seed: "anew", strict: true });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const before = await talkInOneSession(client, ana, phone);

    ana.reinstall();
    await server.journal.waitFor(tookNewIdentity);
    await client.sock.sendMessage(ana.pn, { text: "to the new phone" });
    const after = await ana.receive();
    await ana.say(phone, "new phone");
    await client.message("new phone");

    expect([before.kind, after.kind]).toEqual(["msg", "pkmsg"]);
    const retries = server.journal.filter(({ attrs }) => attrs["type"] === "retry");
    expect(retries).toEqual([]);
  });

  test("is written to in the end by a client that was away meanwhile, and reads it", async () => {
    await using server = await MockServer.start({ seed: "anew-away", strict: true });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using first = await pairedClient(server, phone);
    await first.synced();
    await talkInOneSession(first, ana, phone);
    await settled(server, phone);
    server.connections[0]?.cut();
    await first.closed();

    ana.reinstall();
    const { id } = await ana.say(phone, "new phone");
    await using second = new Client(server, first.auth, {
      getMessage: async () => ({ conversation: "welcome back" }),
    });
    await second.message("new phone");
    await ana.delivered(id);
    await second.sock.sendMessage(ana.pn, { text: "welcome back" });

    expect((await ana.receive()).text).toBe("welcome back");
  });

  test("has no linked devices any more, and everybody in a group with them hears of it", async () => {
    await using server = await MockServer.start({ seed: "anew-group", strict: true });
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    const group = server.group({ subject: "Club", members: [phone, ana] });
    await using client = await pairedClient(server, phone);
    await client.synced();
    const laptop = ana.linkDevice();
    await client.sock.sendMessage(group.jid, { text: "everywhere" });
    await Promise.all([ana.receive(), laptop.receive()]);

    ana.reinstall();
    laptop.unlink();
    await settled(server, phone);
    await client.sock.sendMessage(group.jid, { text: "on the new phone" });

    expect((await ana.receive()).text).toBe("on the new phone");
    expect(laptop.messages).toHaveLength(1);
    const news = server.journal
      .filter(({ tag, direction, attrs }) => {
        return tag === "notification" && direction === "out" && attrs["from"] === ana.pn;
      })
      .map(({ attrs, children }) => [attrs["type"], children]);
    expect(news).toEqual([
      ["devices", ["add"]],
      ["devices", ["remove"]],
      ["encrypt", ["identity"]],
    ]);
  });
});
