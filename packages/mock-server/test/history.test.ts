import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth, pairedClient } from "./support/client.ts";

const Sync = proto.HistorySync.HistorySyncType;
const AT = 1_700_000_000_000;
const GROUP = "120363000000000001@g.us";

/** The texts of all history so far, in order. */
function historyTexts(client: Client): string[] {
  return client
    .heard("messaging-history.set")
    .flatMap(({ messages }) => messages.map(({ message }) => message?.conversation ?? ""));
}

/** The parts of the history a client was handed, once there are so many. */
function parts(client: Client, count: number): Promise<proto.Message.IHistorySyncNotification[]> {
  return client.until(`${count} parts of the history`, () => {
    const all = client.received.flatMap(
      ({ message }) => message?.protocolMessage?.historySyncNotification ?? [],
    );
    return all.length >= count ? all : undefined;
  });
}

test("the history of a phone reaches a client with its chats, names, and who is who", async () => {
  await using server = await MockServer.start({ seed: "history" });
  const phone = server.phone({ name: "Bot" });
  const ana = server.contact({ name: "Ana" });
  phone.history
    .chat(ana, { name: "Ana Lima", unreadCount: 2, pinned: 1 })
    .message({ text: "hello", at: AT, pushName: "Ana" })
    .message({ text: "hi", fromMe: true, at: AT + 1_000 });
  phone.history
    .chat(GROUP, { name: "Climbers" })
    .message({ text: "who comes?", sender: ana, at: AT + 2_000, id: "GROUP-1" });
  await using client = await pairedClient(server, phone);
  await parts(client, 3);
  await client.until("the texts", () => historyTexts(client).length === 3 || undefined);

  const sets = client.heard("messaging-history.set");
  const details = { id: ana.pn, name: "Ana Lima", unreadCount: 2, pinned: 1 };
  expect(sets.flatMap(({ chats }) => chats)).toContainEqual(expect.objectContaining(details));
  expect(historyTexts(client)).toEqual(["hi", "hello", "who comes?"]);
  const messages = sets.flatMap((set) => set.messages);
  expect(messages.find(({ key }) => key.id === "GROUP-1")?.key).toMatchObject({
    remoteJid: GROUP,
    participant: ana.pn,
  });
  const { lidMapping } = client.sock.signalRepository;
  await expect(lidMapping.getLIDForPN(ana.pn)).resolves.toBe(ana.lid);
});

test("a long history comes in parts that count up to a hundred per cent, newest first", async () => {
  await using server = await MockServer.start({ seed: "parts" });
  const phone = server.phone();
  phone.history.configure({ bootstrapMessages: 2, messagesPerChunk: 4 });
  const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
  for (let number = 0; number < 9; number++) {
    phone.history.chat(ana).message({ text: `a${number}`, at: AT + number * 1_000 });
  }
  for (let number = 0; number < 5; number++) {
    phone.history.chat(ben).message({ text: `b${number}`, at: AT + number * 1_000 });
  }
  await using client = await pairedClient(server, phone);
  const all = await parts(client, 5);
  await client.until("the texts", () => historyTexts(client).length === 14 || undefined);

  const recent = all.filter(({ syncType }) => syncType === proto.Message.HistorySyncType.RECENT);
  expect(recent.map(({ chunkOrder, progress }) => [chunkOrder, progress])).toEqual([
    [1, 33],
    [2, 66],
    [3, 100],
  ]);
  const first = ["a8", "a7", "b4", "b3"];
  const rest = ["a6", "a5", "a4", "a3", "a2", "a1", "a0", "b2", "b1", "b0"];
  expect(historyTexts(client)).toEqual([...first, ...rest]);
});

test("there is a part for what only a client takes that wants everything, and for anything else", async () => {
  await using server = await MockServer.start({ seed: "kinds" });
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  const zoe = { id: "15550000000@s.whatsapp.net", pushname: "Zoe" };
  const gone = { groupJid: GROUP, pastParticipants: [{ userJid: ana.pn }] };
  phone.history.chat(ana).message({ text: "old", depth: "full", at: AT });
  phone.history.status(ana, "on a mountain");
  phone.history.include("NON_BLOCKING_DATA", { pastParticipants: [gone] });
  phone.history.include("PUSH_NAME", { pushnames: [zoe] });
  await using client = await pairedClient(server, phone, { shouldSyncHistoryMessage: () => true });
  const kinds = (await parts(client, 6)).flatMap(({ syncType }) => syncType ?? []);
  await client.until("the text", () => historyTexts(client).length > 0 || undefined);

  expect(kinds.map((kind) => proto.Message.HistorySyncType[kind])).toEqual([
    "INITIAL_BOOTSTRAP",
    "INITIAL_STATUS_V3",
    "PUSH_NAME",
    "NON_BLOCKING_DATA",
    "RECENT",
    "FULL",
  ]);
  expect(historyTexts(client)).toEqual(["old"]);
  const sets = client.heard("messaging-history.set");
  const contacts = sets.flatMap((set) => set.contacts);
  expect(contacts).toContainEqual(expect.objectContaining({ id: zoe.id, notify: "Zoe" }));
  expect(contacts).toContainEqual(expect.objectContaining({ id: ana.pn, notify: "Ana" }));
  expect(sets.flatMap((set) => set.pastParticipants ?? [])).toMatchObject([{ groupJid: GROUP }]);
});

test("history can come as encrypted files", async () => {
  await using server = await MockServer.start({ seed: "files" });
  const phone = server.phone();
  phone.history.configure({ transport: "file" });
  phone.history.chat(server.contact({ name: "Ana" })).message("from a file");
  await using client = await pairedClient(server, phone);
  await client.until("the text", () => historyTexts(client).length > 0 || undefined);

  expect(historyTexts(client)).toEqual(["from a file"]);
  expect(server.media.files.map(({ kind }) => kind)).toContain("md-msg-hist");
});

test("a client is given older messages when it asks for them", async () => {
  await using server = await MockServer.start({ seed: "on-demand" });
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  const chat = phone.history.chat(ana).message({ text: "newest", id: "NEWEST", at: AT + 60_000 });
  for (let number = 0; number < 20; number++) {
    const at = AT + number * 1_000;
    chat.message({ text: `m${number}`, id: `M${number}`, at, depth: "on-demand" });
  }
  await using client = await pairedClient(server, phone);
  await client.synced();
  await phone.history.received();
  const answer = (request: string) =>
    client.until("older messages", () =>
      client
        .heard("messaging-history.set")
        .find(({ peerDataRequestSessionId }) => peerDataRequestSessionId === request),
    );

  const newest = { remoteJid: ana.pn, id: "NEWEST", fromMe: false };
  const some = await answer(await client.sock.fetchMessageHistory(5, newest, AT + 60_000));
  // A message that the phone does not know: then the time decides. The chat is known by its LID as well.
  const unknown = { remoteJid: ana.lid, id: "UNKNOWN", fromMe: false };
  const rest = await answer(await client.sock.fetchMessageHistory(50, unknown, AT + 15_000));

  const texts = ["m19", "m18", "m17", "m16", "m15"];
  expect(some.messages.map(({ message }) => message?.conversation)).toEqual(texts);
  expect(some.syncType).toBe(Sync.ON_DEMAND);
  expect(rest.messages.map(({ message }) => message?.conversation)).toHaveLength(15);
});

test("the phone sends a client again what the client has lost", async () => {
  await using server = await MockServer.start({ seed: "placeholder" });
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  phone.history.chat(ana).message({ text: "lost", id: "LOST", at: AT, depth: "on-demand" });
  await using client = await pairedClient(server, phone);
  await client.synced();
  const { id } = await ana.say(phone, "live");
  await client.message("live");

  const lost = { remoteJid: ana.pn, id: "LOST", fromMe: false };
  await Promise.all([
    client.sock.requestPlaceholderResend(lost),
    client.sock.requestPlaceholderResend({ remoteJid: ana.pn, id, fromMe: false }),
  ]);

  const again = await client.message("lost");
  expect(again.key).toMatchObject(lost);
  await client.until(
    "the other answer",
    () => client.received.filter(({ key }) => key.id === id).length === 2 || undefined,
  );
});

test("history comes again when the connection was lost on its way", async () => {
  await using server = await MockServer.start({ seed: "lost" });
  const phone = server.phone();
  await phone.history.received();
  phone.history.chat(server.contact({ name: "Ana" })).message("still here");
  const auth = memoryAuth();
  await using pairing = new Client(server, auth);
  await phone.scan(await pairing.qr());
  await pairing.closed();
  await using first = new Client(server, auth);
  await server.journal.waitFor(
    ({ tag, attrs }) => tag === "message" && attrs["category"] === "peer",
  );
  for (const connection of server.connections) connection.cut();
  await first.closed();
  await expect(phone.history.received({ timeoutMs: 0 })).rejects.toMatchObject({
    code: "MOCK_TIMED_OUT",
  });

  await using second = new Client(server, auth);
  await phone.history.received();

  await second.until("the text", () => historyTexts(second).length > 0 || undefined);
  expect(historyTexts(second)).toEqual(["still here"]);
});

test("a history takes no sizes that make no sense, and no message without content", async () => {
  await using server = await MockServer.start();
  const { history } = server.phone();

  expect(() => history.configure({ messagesPerChunk: 0 })).toThrow(/messagesPerChunk/);
  expect(() => history.chat("15550000000@s.whatsapp.net").message({})).toThrow(/text or content/);
});
