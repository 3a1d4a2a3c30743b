import { USyncQuery, USyncUser, proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import {
  type StanzaClient,
  at,
  childrenOf,
  quietClient,
  tag,
  textOf,
} from "./support/stanza-client.ts";

/** Asks with these protocols and users, and resolves with the whole `<usync>`. */
function usync(
  client: StanzaClient,
  protocols: ReturnType<typeof tag>[],
  users: ReturnType<typeof tag>[],
  rest: ReturnType<typeof tag>[] = [],
): Promise<ReturnType<typeof tag> | undefined> {
  const attrs = { sid: "sid-7", mode: "full", context: "background", last: "true", index: "0" };
  return client.ask("get", "usync", [
    tag("usync", attrs, [tag("query", {}, protocols), tag("list", {}, users), ...rest]),
  ]);
}

const byNumber = (number: string): ReturnType<typeof tag> =>
  tag("user", {}, [tag("contact", {}, Buffer.from(number))]);

describe("usync", () => {
  test("says of each number whether somebody has it, and echoes it", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());

    const answer = await usync(
      client,
      [tag("contact"), tag("lid")],
      [byNumber(`+${ana.phoneNumber}`), byNumber("+15559999999"), byNumber("+0"), byNumber("ana")],
    );

    expect(answer?.attrs).toEqual({
      sid: "sid-7",
      mode: "full",
      context: "background",
      index: "0",
      last: "true",
    });
    const users = childrenOf(at(answer, "list"));
    expect(users.map(({ attrs }) => attrs["jid"])).toEqual([
      ana.pn,
      "15559999999@s.whatsapp.net",
      undefined,
      undefined,
    ]);
    expect(users.map((each) => at(each, "contact")?.attrs["type"])).toEqual([
      "in",
      "out",
      "invalid",
      "invalid",
    ]);
    expect(users.map((each) => textOf(at(each, "contact")))).toEqual([
      `+${ana.phoneNumber}`,
      "+15559999999",
      "+0",
      "ana",
    ]);
    expect(users.map((each) => at(each, "lid")?.attrs["val"])).toEqual([
      ana.lid,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("calls people by LID for a client that wants it, with the number beside it", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());

    const answer = await usync(
      client,
      [tag("contact", { addressing_mode: "lid" })],
      [byNumber(`${ana.phoneNumber}@c.us`)],
    );

    expect(at(answer, "list", "user")?.attrs).toEqual({ jid: ana.lid, pn_jid: ana.pn });
  });

  test("has one verdict for each protocol, an error for one it does not know", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());

    const answer = await usync(
      client,
      [tag("lid"), tag("bot"), tag("tctoken"), tag("horoscope")],
      [tag("user", { jid: ana.pn })],
    );

    const verdicts = childrenOf(at(answer, "result"));
    expect(verdicts.map((each) => [each.tag, at(each, "error")?.attrs["code"]])).toEqual([
      ["lid", undefined],
      ["bot", undefined],
      ["tctoken", undefined],
      ["horoscope", "501"],
    ]);
    expect(childrenOf(at(answer, "list", "user")).map((each) => each.tag)).toEqual(["lid"]);
  });

  test("lists the phone and its companions, with key indexes and the signed list", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await quietClient(server, phone);

    const answer = await usync(
      client,
      [tag("devices", { version: "2" })],
      [tag("user", { jid: phone.pn }), tag("user", { jid: "15559999999@s.whatsapp.net" })],
    );

    const [own, nobody] = childrenOf(at(answer, "list"));
    const list = at(own, "devices", "device-list");
    expect(list?.attrs["hash"]).toMatch(/^2:[A-Za-z0-9+/]{8}$/);
    expect(childrenOf(list).map(({ attrs }) => attrs)).toEqual([
      { id: "0" },
      { id: "1", "key-index": "1" },
    ]);
    const signed = proto.ADVSignedKeyIndexList.decode(
      Buffer.from((at(own, "devices", "key-index-list")?.content ?? "") as Uint8Array),
    );
    const { validIndexes } = proto.ADVKeyIndexList.decode(signed.details ?? Buffer.alloc(0));
    expect(validIndexes).toContain(1);
    expect(nobody).toMatchObject({ attrs: { jid: "15559999999@s.whatsapp.net" } });
    expect(childrenOf(nobody)).toEqual([]);
  });

  test("answers for many users in their order, and for a side list", async () => {
    await using server = await MockServer.start();
    const people = Array.from({ length: 60 }, (_, index) =>
      server.contact({ name: `Person ${index}` }),
    );
    await using client = await quietClient(server, server.phone());

    const users = people.map(({ pn }) => tag("user", { jid: pn }));
    const side = tag("side_list", {}, [tag("user", { jid: people[3]?.pn ?? "" })]);
    const answer = await usync(client, [tag("lid")], users, [side]);

    const lids = childrenOf(at(answer, "list")).map((each) => at(each, "lid")?.attrs["val"]);
    expect(lids).toEqual(people.map(({ lid }) => lid));
    expect(at(answer, "side_list", "user", "lid")?.attrs["val"]).toBe(people[3]?.lid);
  });

  test("shows the text, the disappearing mode and the business of a person as Baileys reads them", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    const shop = server.contact({ name: "Shop" });
    ana.profile.setAbout("at the sea");
    ana.profile.setDisappearingSeconds(86_400);
    shop.profile.setBusiness({ verifiedName: "Shop & Sons" });
    shop.profile.setPrivacy("status", "none");
    await using client = await quietClient(server, server.phone());

    const query = new USyncQuery()
      .withStatusProtocol()
      .withDisappearingModeProtocol()
      .withUser(new USyncUser().withId(ana.pn))
      .withUser(new USyncUser().withId(shop.lid));
    const result = await client.sock.executeUSyncQuery(query);
    const business = await usync(
      client,
      [tag("business", {}, [tag("verified_name")])],
      [tag("user", { jid: ana.pn }), tag("user", { jid: shop.pn })],
    );

    expect(result?.list).toEqual([
      {
        id: ana.pn,
        status: { status: "at the sea", setAt: expect.any(Date) },
        disappearing_mode: { duration: 86_400, setAt: expect.any(Date) },
      },
      {
        id: shop.lid,
        status: { status: "", setAt: new Date(0) },
        disappearing_mode: { duration: 0, setAt: new Date(0) },
      },
    ]);
    const [ordinary, commercial] = childrenOf(at(business, "list"));
    expect(childrenOf(ordinary)).toEqual([]);
    const certificate = proto.VerifiedNameCertificate.decode(
      (at(commercial, "business", "verified_name")?.content ?? Buffer.alloc(0)) as Uint8Array,
    );
    expect(
      proto.VerifiedNameCertificate.Details.decode(certificate.details ?? Buffer.alloc(0))
        .verifiedName,
    ).toBe("Shop & Sons");
  });
});
