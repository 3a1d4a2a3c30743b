import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";

describe("messages", () => {
  test("texts go both ways, first with a new Signal session and then on with it", async () => {
    await using server = await MockServer.start({ seed: "messages" });
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();

    const first = await ana.say(phone, "hello");
    const heard = await client.message("hello");
    await ana.delivered(first.id);
    await client.sock.sendMessage(ana.pn, { text: "hi Ana" });
    const answer = await ana.receive();
    await client.sock.sendMessage(ana.pn, { text: "again" });
    const again = await ana.receive();

    expect(heard.key.remoteJid).toBe(ana.pn);
    expect(heard.pushName).toBe("Ana");
    expect(answer).toMatchObject({ text: "hi Ana", from: phone.pn, kind: "pkmsg" });
    expect(again).toMatchObject({ text: "again" });
  });
});
