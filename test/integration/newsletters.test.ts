import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type Phone } from "@motte/mock-server";
import type { BinaryNode, WAMessage } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnotherBot, anotherBot } from "../support/another-bot.ts";

const cleanup = new CleanupStack();
let server: MockServer;
let adasPhone: Phone;
let ada: AnotherBot;
let ben: AnotherBot;

beforeAll(async () => {
  server = cleanup.use(await MockServer.start({ strict: true }));
  adasPhone = server.phone({ name: "Ada" });
  ada = cleanup.use(await anotherBot(server, adasPhone));
  ben = cleanup.use(await anotherBot(server, server.phone({ name: "Ben" })));
});

afterAll(() => cleanup.dispose());

function arrival(bot: AnotherBot, text: string): Promise<WAMessage> {
  return bot.hears("messages.upsert", ({ messages }) =>
    messages.find(({ message }) => message?.extendedTextMessage?.text === text),
  );
}

function childrenOf(node: BinaryNode | undefined): readonly BinaryNode[] {
  return Array.isArray(node?.content) ? node.content : [];
}

test("one bot's newsletter is found, followed, read, reacted to and left by another", async () => {
  const { id, invite } = await ada.sock.newsletterCreate("News", "of the day");
  const found = await ben.sock.newsletterMetadata("invite", invite ?? "");
  await ben.sock.newsletterFollow(id);
  const followed = await ada.sock.newsletterSubscribers(id);
  await ada.sock.sendMessage(id, { text: "first post" });
  const post = await arrival(ben, "first post");
  const [first] = childrenOf(
    childrenOf(
      childrenOf((await ben.sock.newsletterFetchMessages(id, 5, 0, 0)) as BinaryNode)[0],
    )[0],
  );
  const serverId = first?.attrs["server_id"] ?? "";
  await ben.sock.newsletterReactMessage(id, serverId, "🎉");
  const reaction = await ada.hears("newsletter.reaction", (each) => each);
  await ben.sock.newsletterUnfollow(id);
  await ada.sock.sendMessage(id, { text: "second post" });
  const { id: another } = await ada.sock.newsletterCreate("Other news");
  await ben.sock.newsletterFollow(another);
  await ada.sock.sendMessage(another, { text: "elsewhere" });
  await arrival(ben, "elsewhere");

  expect(found).toMatchObject({ id, viewer_metadata: { role: "GUEST" } });
  expect(followed).toEqual({ subscribers: "2" });
  expect(post.key).toMatchObject({ remoteJid: id, fromMe: false });
  expect(reaction).toMatchObject({ id, server_id: serverId, reaction: { code: "🎉" } });
  const texts = ben
    .heard("messages.upsert")
    .flatMap(({ messages }) => messages.map(({ message }) => message?.extendedTextMessage?.text));
  expect(texts).not.toContain("second post");
});

test("a follower is told of a new name, may mute, and may not write", async () => {
  const { id } = await ada.sock.newsletterCreate("Old name");
  await ben.sock.newsletterFollow(id);

  await ada.sock.newsletterUpdateName(id, "New name");
  const settings = await ben.hears("newsletter-settings.update", (each) =>
    each.id === id ? each : undefined,
  );
  await ben.sock.newsletterMute(id);
  const muted = await ben.sock.newsletterMetadata("jid", id);
  await ben.sock.newsletterUnmute(id);
  const unmuted = await ben.sock.newsletterMetadata("jid", id);
  const sent = await ben.sock.sendMessage(id, { text: "me too" });
  const answer = await server.journal.waitFor(
    ({ tag, attrs }) => tag === "ack" && attrs["id"] === sent?.key.id,
  );

  expect(settings.update).toMatchObject({ name: "New name" });
  expect([muted, unmuted]).toMatchObject([
    { viewer_metadata: { mute: "ON" } },
    { viewer_metadata: { mute: "OFF" } },
  ]);
  expect(answer.attrs["error"]).toBe("403");
});

test("a file that is posted is not encrypted", async () => {
  const { id } = await ada.sock.newsletterCreate("Files");
  await ben.sock.newsletterFollow(id);
  const content = Buffer.from("for everybody");

  await ada.sock.sendMessage(id, { document: content, mimetype: "text/plain", fileName: "a.txt" });
  const post = await ben.hears("messages.upsert", ({ messages }) =>
    messages.find(({ message }) => message?.documentMessage),
  );

  expect(server.media.files.map(({ bytes }) => Buffer.from(bytes).toString())).toContain(
    content.toString(),
  );
  expect(post.message?.documentMessage?.mediaKey ?? undefined).toBeUndefined();
  expect(post.message?.documentMessage?.fileName).toBe("a.txt");
});

test("a newsletter is handed over, and the new owner may delete it", async () => {
  const { id } = await ada.sock.newsletterCreate("Heirloom");
  await ben.sock.newsletterFollow(id);
  const bensLid = ben.sock.user?.lid?.replace(/:\d+/, "") ?? "";

  await ada.sock.newsletterChangeOwner(id, bensLid);
  const views = await Promise.all([ada, ben].map(({ sock }) => sock.newsletterMetadata("jid", id)));
  await ben.sock.newsletterDemote(id, adasPhone.lid);
  await expect(ada.sock.newsletterDelete(id)).rejects.toMatchObject({
    output: { statusCode: 403 },
  });
  await ben.sock.newsletterDelete(id);

  expect(views).toMatchObject([
    { viewer_metadata: { role: "ADMIN" } },
    { viewer_metadata: { role: "OWNER" } },
  ]);
  await expect(ada.sock.newsletterMetadata("jid", id)).rejects.toMatchObject({
    output: { statusCode: 404 },
  });
});
