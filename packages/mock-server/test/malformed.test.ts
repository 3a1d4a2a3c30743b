import type { BinaryNode } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contact, type MockGroup, MockServer } from "@motte/mock-server";
import { type StanzaClient, quietClient, tag } from "./support/stanza-client.ts";

const GROUP = "group";
const PERSON = "person";
const enc = (attrs: Record<string, string> = {}): BinaryNode =>
  tag("enc", { v: "2", type: "msg", ...attrs }, Buffer.from("sealed"));
const copies = (...targets: BinaryNode[]): BinaryNode => tag("participants", {}, targets);
const copyFor = (jid: string, content = enc()): BinaryNode => tag("to", { jid }, [content]);

describe("a strict server", () => {
  let server: MockServer;
  let client: StanzaClient;
  let ana: Contact;
  let group: MockGroup;
  beforeAll(async () => {
    server = await MockServer.start({ seed: "malformed", strict: true });
    const phone = server.phone();
    ana = server.contact({ name: "Ana" });
    group = server.group({ subject: "Club", members: [phone, ana] });
    client = await quietClient(server, phone);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await server.close();
  });

  /** Sends it, and gives the error of the ack. */
  async function errorFor(attrs: Record<string, string>, content: BinaryNode[]) {
    const id = client.sock.generateMessageTag();
    const to = attrs["to"] === GROUP ? group.jid : attrs["to"] === PERSON ? ana.pn : attrs["to"];
    await client.tell(tag("message", { id, type: "text", ...attrs, ...(to && { to }) }, content));
    return client.got("ack", (ack) => ack.attrs["id"] === id).map((ack) => ack.attrs["error"]);
  }

  test.each<[string, string, Record<string, string>, () => BinaryNode[]]>([
    ["goes to nobody", "479", {}, () => [copies(copyFor(ana.pn))]],
    ["lists no copies", "479", { to: PERSON }, () => [copies()]],
    [
      "has an old encryption",
      "479",
      { to: PERSON },
      () => [copies(copyFor(ana.pn, enc({ v: "1" })))],
    ],
    ["has an unknown encryption", "479", { to: PERSON }, () => [enc({ type: "rot13" })]],
    [
      "is for the own phone and has a token",
      "479",
      { to: PERSON, category: "peer" },
      () => [enc(), tag("tctoken", {}, Buffer.from("t"))],
    ],
    [
      "is for a group and has a token",
      "479",
      { to: GROUP },
      () => [enc({ type: "skmsg" }), tag("cstoken", {}, Buffer.from("t"))],
    ],
    [
      "is for a group and names a member by number",
      "479",
      { to: GROUP },
      () => [enc({ type: "skmsg" }), copies(copyFor(ana.pn))],
    ],
    [
      "names one device and lists copies",
      "421",
      { to: "15550001234:2@s.whatsapp.net" },
      () => [copies(copyFor(ana.pn))],
    ],
    [
      "is for a group that is none",
      "404",
      { to: "120363000000000001@g.us" },
      () => [enc({ type: "skmsg" })],
    ],
    [
      "is for a number nobody has",
      "404",
      { to: "15550001234@s.whatsapp.net" },
      () => [copies(copyFor("15550001234@s.whatsapp.net"))],
    ],
  ])("refuses a message that %s: %s", async (_, error, attrs, content) => {
    expect(await errorFor(attrs, content())).toEqual([error]);
    expect(ana.messages).toEqual([]);
  });
});
