import type { WACallEvent } from "@whiskeysockets/baileys";
import { describe, expect, test, vi } from "vitest";
import { MockServer } from "@motte/mock-server";
import { childrenOf, quietClient, tag } from "./support/stanza-client.ts";

const WAIT = { timeout: 40_000 };

describe("calls", () => {
  test("ring, are rejected by the client, and end", async () => {
    await using server = await MockServer.start({ strict: true });
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const foe = server.contact({ name: "Foe" });
    bot.profile.block(foe);
    expect(() => ana.call(bot)).toThrow(expect.objectContaining({ code: "MOCK_NO_COMPANION" }));
    await using client = await quietClient(server, bot);
    const heard: WACallEvent[] = [];
    client.sock.ev.on("call", (calls) => heard.push(...calls));

    foe.call(bot);
    const call = ana.call(bot, { video: true });
    await vi.waitFor(() => expect(heard).toHaveLength(1), WAIT);
    await client.sock.rejectCall(call.id, heard[0]?.from ?? "");
    call.end("timeout");
    await vi.waitFor(() => expect(heard).toHaveLength(2), WAIT);

    expect(heard).toMatchObject([
      { id: call.id, from: ana.lid, callerPn: ana.pn, status: "offer", isVideo: true },
      { id: call.id, status: "timeout" },
    ]);
    expect(call.answer).toBe("reject");
    await vi.waitFor(() => expect(bot.companions[0]?.queued).toBe(0), WAIT);
  });
});

/** What the first link of a server with this seed ends in. */
async function tokenOf(seed: string): Promise<string | undefined> {
  await using server = await MockServer.start({ seed });
  await using client = await quietClient(server, server.phone({ name: "Bot" }));
  return await client.sock.createCallLink("audio");
}

describe("links to calls", () => {
  test("are made for audio, for video and for later, each with a token of its own, and ring nowhere", async () => {
    await using server = await MockServer.start({ strict: true });
    const bot = server.phone({ name: "Bot" });
    await using client = await quietClient(server, bot);
    await using other = await quietClient(server, bot);
    const heard: WACallEvent[] = [];
    for (const { sock } of [client, other]) sock.ev.on("call", (calls) => heard.push(...calls));

    const links = [
      await client.sock.createCallLink("audio"),
      await client.sock.createCallLink("video"),
      await client.sock.createCallLink("video", { startTime: 1_700_000_000 }),
    ];
    await other.roundTrip();

    expect(links).toEqual(links.map(() => expect.stringMatching(/^[\w-]{22}$/)));
    expect(new Set(links).size).toBe(links.length);
    expect(heard).toEqual([]);
    expect(other.got("call")).toEqual([]);
    expect(client.got("ack").map(({ attrs }) => attrs)).toEqual(
      links.map(() =>
        expect.objectContaining({ class: "call", from: "@call", type: "link_create" }),
      ),
    );
    expect(server.unhandled).toEqual([]);
  });

  test("follow from the seed", async () => {
    const [one, again, another] = [await tokenOf("a"), await tokenOf("a"), await tokenOf("b")];

    expect(again).toBe(one);
    expect(another).not.toBe(one);
  });
});

describe("businesses", () => {
  test("have a profile, which ordinary people do not, and shops are empty", async () => {
    await using server = await MockServer.start({ strict: true });
    const bot = server.phone({ name: "Bot" });
    const shop = server.contact({ name: "Shop" });
    shop.profile.setBusiness({ description: "sells", email: "a@example.org", category: "Shop" });
    await using client = await quietClient(server, bot);
    const { sock } = client;

    expect(await sock.getBusinessProfile(bot.pn)).toBeUndefined();
    expect(await sock.getBusinessProfile(shop.pn)).toMatchObject({
      wid: shop.pn,
      description: "sells",
      email: "a@example.org",
      category: "Shop",
    });
    await sock.updateBussinesProfile({ description: "builds", address: "here" });
    expect(bot.profile.business).toEqual({ description: "builds", address: "here" });
    expect(await sock.getCatalog({ jid: shop.pn })).toMatchObject({ products: [] });
    expect(await sock.getCollections(shop.pn)).toEqual({ collections: [] });
    expect(await sock.getOrderDetails("1", "dG9rZW4=")).toMatchObject({ products: [] });
    expect(await sock.productDelete(["1", "2"])).toEqual({ deleted: 2 });
    expect(await sock.getBotListV2()).toEqual([]);
    const added = await client.ask("set", "w:biz:catalog", [
      tag("product_catalog_add", { v: "1" }, [
        tag("product", { is_hidden: "false" }, [tag("name", {}, Buffer.from("Chair"))]),
      ]),
    ]);
    expect(childrenOf(childrenOf(added)[0]).map((each) => each.tag)).toEqual([
      "id",
      "name",
      "media",
    ]);
  });
});
