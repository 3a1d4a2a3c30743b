import type { BinaryNode } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { child, childUint, children } from "../src/wire/binary-node.ts";
import { type Client, pairedClient } from "./support/client.ts";

/** Asks for the bundle of one device, several times in one request. */
async function bundles(client: Client, jid: string, count = 1): Promise<readonly BinaryNode[]> {
  const users = Array.from({ length: count }, () => ({ tag: "user", attrs: { jid } }));
  const answer = await client.sock.query({
    tag: "iq",
    attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "encrypt" },
    content: [{ tag: "key", attrs: {}, content: users }],
  });
  const list = child(answer, "list");
  return list === undefined ? [] : children(list, "user");
}

function preKeyIds(users: readonly BinaryNode[]): (number | undefined)[] {
  return users.map((user) => child(user, "key")).map((key) => key && childUint(key, "id", 3));
}

const isLowCount = ({ tag, attrs, direction }: JournalEntry): boolean =>
  tag === "notification" && attrs["type"] === "encrypt" && direction === "out";

describe("pre-keys", () => {
  test("of a client are given out once each, lowest first, until only the rest of its bundle is left", async () => {
    await using server = await MockServer.start();
    await using target = await pairedClient(server, server.phone());
    await target.synced();
    const jid = String(target.auth.creds.me?.lid);
    // Whoever asks; the server does not care that it is the device itself. The phone has taken key 1.
    const first = await bundles(target, jid, 3);
    const many = await bundles(target, jid, 809);

    expect(preKeyIds(first)).toEqual([2, 3, 4]);
    expect(preKeyIds(many).slice(0, 808)).toEqual(
      Array.from({ length: 808 }, (_, index) => index + 5),
    );
    expect(preKeyIds(many)[808]).toBeUndefined();
    expect(child(many[808] ?? { tag: "", attrs: {} }, "skey")).toBeDefined();
    expect(server.journal.unhandled).toEqual([]);
  });

  test("are uploaded again by a client that hears it has few left", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    await client.synced();

    await bundles(client, String(client.auth.creds.me?.lid), 807);
    const told = await server.journal.waitFor(isLowCount);
    await server.journal.waitFor(
      ({ direction, children: tags }) => direction === "in" && tags.includes("skey"),
      { after: told },
    );

    expect(server.journal.filter(isLowCount)[0]).toMatchObject({ children: ["count"] });
  });

  test("of a contact never run out and never repeat", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, server.phone());

    const ids = preKeyIds(await bundles(client, ana.lid, 1000));

    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  });

  test("of a device nobody has are an error for that device", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());

    const [user] = await bundles(client, "12345:7@lid");

    expect(child(user ?? { tag: "", attrs: {} }, "error")?.attrs).toMatchObject({ code: "404" });
  });

  test("the signed one is replaced by a client that rotates it", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    const jid = String(client.auth.creds.me?.lid);
    const signedId = async () => {
      const [user = { tag: "", attrs: {} }] = await bundles(client, jid);
      const skey = child(user, "skey");
      return skey && childUint(skey, "id", 3);
    };

    const before = await signedId();
    await client.sock.rotateSignedPreKey();

    expect([before, await signedId()]).toEqual([1, 2]);
  });
});
