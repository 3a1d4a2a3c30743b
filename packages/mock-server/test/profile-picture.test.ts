import { type BinaryNode, S_WHATSAPP_NET } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { type Client, pairedClient } from "./support/client.ts";

const LARGE = Buffer.from("a large picture");
const SMALL = Buffer.from("a small one");

async function set(client: Client, bytes?: Uint8Array, target?: string): Promise<BinaryNode> {
  return client.sock.query({
    tag: "iq",
    attrs: {
      to: S_WHATSAPP_NET,
      xmlns: "w:profile:picture",
      type: "set",
      ...(target && { target }),
    },
    ...(bytes && { content: [{ tag: "picture", attrs: { type: "image" }, content: bytes }] }),
  });
}

function idOf(answer: BinaryNode): string | undefined {
  return (answer.content as BinaryNode[])[0]?.attrs["id"];
}

async function fetched(url: string | undefined): Promise<string> {
  return (await fetch(url ?? "")).text();
}

test("a client sees the pictures of people, large and small, and hears when they change", async () => {
  await using server = await MockServer.start({ seed: "pictures" });
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  await using client = await pairedClient(server, phone);
  await client.synced();
  await ana.say(phone, "hi");
  await client.message("hi");

  ana.setPicture(LARGE, { preview: SMALL });
  const update = await client.until("the news", () =>
    client
      .heard("contacts.update")
      .flat()
      .find(({ imgUrl }) => imgUrl),
  );
  const urls = await Promise.all([
    client.sock.profilePictureUrl(ana.pn, "image"),
    client.sock.profilePictureUrl(ana.lid, "preview"),
  ]);
  ana.removePicture();
  await client.until("the other news", () =>
    client
      .heard("contacts.update")
      .flat()
      .find(({ imgUrl }) => imgUrl === "removed"),
  );

  expect(update).toEqual({ id: ana.pn, imgUrl: "changed" });
  expect(await fetched(urls[0])).toBe(LARGE.toString());
  expect(await fetched(urls[1])).toBe(SMALL.toString());
  await expect(client.sock.profilePictureUrl(ana.pn)).rejects.toMatchObject({ data: 404 });
});

test("a picture is not shown to those who may not see it", async () => {
  await using server = await MockServer.start({ seed: "hidden" });
  const ana = server.contact({ name: "Ana" });
  ana.setPicture(LARGE, { visibleTo: "nobody" });
  await using client = await pairedClient(server, server.phone());

  await expect(client.sock.profilePictureUrl(ana.pn)).rejects.toMatchObject({ data: 401 });
  await expect(client.sock.profilePictureUrl("15550009999@s.whatsapp.net")).rejects.toMatchObject({
    data: 404,
  });
});

test("a client changes its own picture, and each has another id", async () => {
  await using server = await MockServer.start({ seed: "own" });
  const phone = server.phone();
  await using client = await pairedClient(server, phone);

  const first = idOf(await set(client, LARGE));
  const second = idOf(await set(client, SMALL));
  const [picture] = (
    await client.sock.query({
      tag: "iq",
      attrs: { to: S_WHATSAPP_NET, xmlns: "w:profile:picture", type: "get", target: phone.pn },
      content: [{ tag: "picture", attrs: { type: "image", query: "url", id: second ?? "" } }],
    })
  ).content as BinaryNode[];

  expect(first).not.toBe(second);
  expect(picture?.attrs).toEqual({ id: second, type: "image", status: "304" });
  expect(await fetched(await client.sock.profilePictureUrl(phone.pn))).toBe(SMALL.toString());
  await client.sock.removeProfilePicture(phone.pn);
  await expect(client.sock.profilePictureUrl(phone.pn)).rejects.toMatchObject({ data: 404 });
  await expect(set(client, LARGE, server.contact().pn)).rejects.toMatchObject({ data: 403 });
});

test("the picture of a group is for its members, and changed by those who may", async () => {
  await using server = await MockServer.start({ seed: "group" });
  const phone = server.phone();
  const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
  await using client = await pairedClient(server, phone);
  const group = server.group({ subject: "Climbers", members: [ana, phone] });
  const strangers = server.group({ subject: "Strangers", members: [ana, ben] });

  await set(client, LARGE, group.jid);
  expect(await fetched(await client.sock.profilePictureUrl(group.jid))).toBe(LARGE.toString());
  await expect(set(client, LARGE, strangers.jid)).rejects.toMatchObject({ data: 403 });
  group.setPicture(SMALL);
  expect(await fetched(await client.sock.profilePictureUrl(group.jid))).toBe(SMALL.toString());
  group.removePicture();
  await expect(client.sock.profilePictureUrl(group.jid)).rejects.toMatchObject({ data: 404 });
  group.setSettings({ locked: true });
  await expect(set(client, SMALL, group.jid)).rejects.toMatchObject({ data: 403 });
});
