import { ManualClock } from "@motte/core/manual-clock";
import { systemClock } from "@motte/core/clock";
import { BufferJSON } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { MockServer, type WorldSnapshot } from "@motte/mock-server";
import { toJson } from "../src/snapshot/json.ts";
import { Client, pairedClient, settled } from "./support/client.ts";
import { quietClient } from "./support/stanza-client.ts";

/** As it comes back from a file. */
function kept(snapshot: WorldSnapshot): WorldSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as WorldSnapshot;
}

/** Ends a client, which stays linked. */
async function leave(client: Client, server: MockServer): Promise<void> {
  await client[Symbol.asyncDispose]();
  while (server.connections.length > 0) await systemClock.sleep(1);
}

/** What is said to a value that a snapshot cannot hold, or the value as it holds it. */
function refusal(value: unknown): unknown {
  try {
    return toJson(value, "part");
  } catch (error) {
    return error;
  }
}

test("a world that was restored is the same world, down to the last key", async () => {
  await using server = await MockServer.start({ seed: "same" });
  server.clock.freeze();
  const phone = server.phone({ name: "bot" });
  const alice = server.contact({ name: "Alice" });
  const laptop = alice.linkDevice();
  const client = await pairedClient(server, phone);
  await client.synced();
  await alice.say(phone, "hello");
  await client.message("hello");
  await client.sock.sendMessage(alice.pn, { text: "hi" });
  await alice.receive();
  await laptop.receive();
  const group = server.group({ subject: "us", members: [alice, phone] });
  await alice.say(group, "all");
  await client.message("all");
  await client.sock.sendMessage(group.jid, { text: "all of us" });
  await alice.receive({ where: ({ text }) => text === "all of us" });
  phone.history.chat(alice).message("long ago");
  await settled(server, phone);
  await leave(client, server);
  const snapshot = await server.snapshot();

  await using other = await MockServer.start({ restore: kept(snapshot) });

  expect(await other.snapshot()).toEqual(snapshot);
  expect(other.seed).toBe("same");
  expect(other.noiseRootKey).toEqual(server.noiseRootKey);
});

test("a snapshot shows the world as if those who are connected had just gone", async () => {
  await using server = await MockServer.start();
  server.clock.freeze();
  const phone = server.phone();
  const client = await pairedClient(server, phone);
  await client.synced();
  await settled(server, phone);
  const connected = await server.snapshot();
  await leave(client, server);

  expect(await server.snapshot()).toEqual(connected);

  server.clock.advance(31 * 24 * 60 * 60 * 1_000);
  const longAway = await server.snapshot();
  await using other = await MockServer.start({ restore: longAway });
  await using again = new Client(other, client.auth);
  expect(await again.closed()).toBe(401);
});

test("a snapshot waits for what people are just writing and reading", async () => {
  await using server = await MockServer.start({ seed: "busy" });
  const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
  const said = [ana.say(ben, "one"), ben.say(ana, "two"), ana.say(ben, "three")];

  await using other = await MockServer.start({ restore: await server.snapshot() });

  await Promise.all(said);
  const texts = ({ messages }: typeof ana): unknown => messages.map(({ text }) => text);
  expect(texts(other.contact({ name: "Ben" }))).toEqual(["one", "three"]);
  expect(texts(other.contact({ name: "Ana" }))).toEqual(["two"]);
});

test("files, pictures and upload tokens are there after a restart", async () => {
  await using server = await MockServer.start();
  const phone = server.phone({ name: "bot" });
  const client = await pairedClient(server, phone);
  phone.setPicture(Buffer.from("a picture"));
  const image = server.media.image(Buffer.from("an image"));
  const upload = await client.sock.query({
    tag: "iq",
    attrs: { to: "s.whatsapp.net", xmlns: "w:m", type: "set" },
    content: [{ tag: "media_conn", attrs: {} }],
  });
  const [hosts] = upload.content as { attrs: Record<string, string> }[];
  await leave(client, server);

  await using other = await MockServer.start({ restore: kept(await server.snapshot()) });
  const at = (path: string): string => `http://127.0.0.1:${other.port}${path}`;
  const download = await fetch(at(image.imageMessage?.directPath ?? ""));
  const token = other.media.files[0]?.token ?? "";

  expect(download.status).toBe(200);
  expect(other.media.download(image).toString()).toBe("an image");
  expect(other.media.files).toEqual(server.media.files);
  const auth = hosts?.attrs["auth"] ?? "";
  const answer = await fetch(at(`/mms/image/${token}?auth=${auth}`), { method: "POST", body: "" });
  expect(answer.status).toBe(400);
});

describe("restoring a running server", () => {
  test("cuts off whoever is connected, and lets those come back whom the snapshot knows", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "bot" });
    await using client = await pairedClient(server, phone);
    const snapshot = await server.snapshot();
    await using late = await quietClient(server, phone);
    const said = server.contact().say(phone, "will be undone");

    const restored = server.restore(snapshot);
    // Before it waits for anybody: whoever stays connected could keep the world busy for ever.
    expect(server.connections).toEqual([]);
    await restored;

    await said;
    expect(server.connections).toEqual([]);
    expect(await client.closed()).toBe(428);
    expect(phone.companions.map(({ device }) => device)).toEqual([1]);
    await using again = new Client(server, client.auth);
    await again.open();
    await using unknown = new Client(server, late.auth);
    expect(await unknown.closed()).toBe(401);
  });

  test("leaves a test the people, groups, chats and newsletters it holds, as they were", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "bot" });
    const alice = server.contact({ name: "Alice" });
    const laptop = alice.linkDevice();
    const group = server.group({ subject: "before", members: [alice, phone] });
    const community = server.community({ subject: "all", members: [alice, phone] });
    const news = server.newsletter({ name: "news", owner: alice });
    const chat = phone.history.chat(alice).message("long ago");
    const snapshot = await server.snapshot();
    const bob = server.contact({ name: "Bob" });
    group.setSubject("after");
    group.add(bob);
    community.link(group, { by: alice });
    news.post("a post");
    alice.profile.setAbout("busy");
    laptop.unlink();
    chat.message("later");
    server.props.set(1, true);

    await server.restore(snapshot);

    expect([group.subject, group.members.map(({ name }) => name)]).toEqual([
      "before",
      ["Alice", "bot"],
    ]);
    expect(community.subGroups).toEqual([community.announcements.jid]);
    expect(server.newsletters.map(({ jid, posts }) => [jid, posts])).toEqual([[news.jid, []]]);
    expect(news.posts).toEqual([]);
    expect(alice.profile.about).not.toBe("busy");
    expect(alice.devices).toEqual([laptop]);
    expect(chat.newestFirst()).toHaveLength(1);
    expect(server.props.get(1)).toBeUndefined();
    await laptop.say(group, "still here");
    community.link(group, { by: alice });
    expect(community.subGroups).toContain(group.jid);
  });

  test("keeps listeners and whoever waits, for what comes after", async () => {
    await using server = await MockServer.start();
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    const snapshot = await server.snapshot();
    const heard: (string | undefined)[] = [];
    ben.on("message", ({ text }) => heard.push(text));
    await ana.say(ben, "undone");
    await ben.receive();
    const wait = ben.receive();

    await server.restore(snapshot);
    await ana.say(ben, "done");

    expect((await wait).text).toBe("done");
    expect(heard).toEqual(["undone", "done"]);
    expect(ben.messages.map(({ text }) => text)).toEqual(["done"]);
  });

  test("says so to those who wait on somebody the snapshot does not know, or write as them", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    const linked = ana.linkDevice();
    const before = await server.snapshot();
    const ben = server.contact({ name: "Ben" });
    const late = ana.linkDevice();
    const waits = [ben.receive(), late.receive()];
    const refusals = waits.map((wait) =>
      expect(wait).rejects.toMatchObject({ code: "MOCK_NOT_IN_WORLD" }),
    );

    await server.restore(before);

    await Promise.all(refusals);
    await expect(ben.say(ana, "hello")).rejects.toMatchObject({ code: "MOCK_NOT_IN_WORLD" });
    await expect(late.say(ana, "hello")).rejects.toMatchObject({ code: "MOCK_NO_COMPANION" });
    expect(ana.devices).toEqual([linked]);
    const again = server.contact({ name: "Ben" });
    expect(again.pn).toBe(ben.pn);
    await again.say(ana, "hello");
    expect((await ana.receive()).fromLid).toBe(ben.lid);
  });

  test("draws the same ids again, or with newIds others", async () => {
    await using server = await MockServer.start();
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    const snapshot = await server.snapshot();
    const first = await ana.say(ben, "one");
    await server.restore(snapshot);
    const again = await ana.say(ben, "two");
    await server.restore(snapshot, { newIds: true });
    const other = await ana.say(ben, "three");
    await server.restore(snapshot, { newIds: true });
    const another = await ana.say(ben, "four");

    expect(again).toEqual(first);
    expect(new Set([first.id, other.id, another.id]).size).toBe(3);
    expect(other.id).toMatch(/^3EB0[0-9A-F]{18}$/);
  });

  test("sets the clock back to where it was", async () => {
    const base = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock: base });
    server.clock.freeze();
    const frozen = await server.snapshot();
    server.clock.advance(1_000_000);
    server.clock.resume();
    let fired = 0;
    server.clock.after(500, () => fired++);

    await server.restore(frozen);

    expect([server.clock.now(), server.clock.frozen, fired]).toEqual([1_700_000_000_000, true, 0]);
    server.clock.advance(500);
    expect(fired).toBe(1);
    await using other = await MockServer.start({ restore: frozen });
    expect([other.clock.now(), other.clock.frozen]).toEqual([1_700_000_000_000, true]);
  });

  test("a QR code of after the snapshot can be shown, and scanned, again", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const snapshot = await server.snapshot();
    const first = new Client(server);
    const qr = await first.qr();
    await phone.scan(qr);
    await first[Symbol.asyncDispose]();

    await server.restore(snapshot);
    await using second = new Client(server);
    const again = await second.qr();

    expect(again.split(",")[0]).toBe(qr.split(",")[0]);
    await phone.scan(again);
    expect(phone.companions).toHaveLength(1);
  });
});

describe("a bad snapshot", () => {
  test("is refused before anything is changed, whatever is wrong with it", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "bot" });
    await using client = await pairedClient(server, phone);
    const good = kept(await server.snapshot());
    const { people: _people, ...withoutPeople } = good.parts;
    const bad: readonly unknown[] = [
      undefined,
      null,
      "a text",
      [],
      {},
      { ...good, format: "another" },
      { ...good, version: 2 },
      { ...good, version: undefined },
      { ...good, seed: "another" },
      { ...good, digest: "0".repeat(64) },
      { ...good, parts: withoutPeople },
      { ...good, parts: { ...good.parts, more: [] } },
      { ...good, parts: { ...good.parts, people: [] } },
      {
        ...good,
        parts: { ...good.parts, props: { ...(good.parts["props"] as object), refreshId: 9 } },
      },
      { ...good, parts: { ...good.parts, props: new Map() } },
      { ...good, parts: [] },
      { ...good, parts: undefined },
    ];
    server.contact({ name: "Alice" });

    for (const each of bad) {
      const restored = server.restore(each as WorldSnapshot);
      await expect(restored).rejects.toMatchObject({ code: "MOCK_BAD_SNAPSHOT" });
    }

    expect(server.connections).toHaveLength(1);
    expect(client.updates.some(({ connection }) => connection === "close")).toBe(false);
    const { name } = server.contact({ name: "Alice" });
    expect(name).toBe("Alice");
    await expect(
      MockServer.start({ restore: { ...good, version: 2 } as unknown as WorldSnapshot }),
    ).rejects.toMatchObject({ code: "MOCK_BAD_SNAPSHOT" });
  });

  test("is one of another seed, for a server that runs; a new one takes its seed", async () => {
    await using one = await MockServer.start({ seed: "one" });
    await using two = await MockServer.start({ seed: "two" });
    const snapshot = await one.snapshot();

    await expect(two.restore(snapshot)).rejects.toThrow(/another seed/);
    await expect(MockServer.start({ seed: "two", restore: snapshot })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
    });
    await using three = await MockServer.start({ seed: "one", restore: snapshot });
    expect(three.contact({ name: "Ana" }).pn).toBe(one.contact({ name: "Ana" }).pn);
  });

  test("is not one that a database has kept in another order, or Baileys' BufferJSON has read", async () => {
    await using server = await MockServer.start();
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    await ana.say(ben, "hello");
    const snapshot = await server.snapshot();
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([name, each]) => [name, turned(each)]),
      );
    };

    await server.restore(turned(snapshot) as WorldSnapshot);
    const read: WorldSnapshot = JSON.parse(JSON.stringify(snapshot), BufferJSON.reviver);
    await server.restore(read);

    expect((await server.snapshot()).parts["devices"]).toEqual(snapshot.parts["devices"]);
  });

  test("an option that there is not is refused", async () => {
    await using server = await MockServer.start();
    const snapshot = await server.snapshot();
    const restored = server.restore(snapshot, { newId: true } as object);
    await expect(restored).rejects.toMatchObject({ code: "USAGE_UNKNOWN_OPTION" });
  });
});

test("what no snapshot could bring back is refused by its place", () => {
  expect(refusal({ list: [1, new Map()] })).toMatchObject({
    code: "MOCK_SNAPSHOT_UNSUPPORTED",
    message: expect.stringContaining("part.list[1]: a Map"),
  });
  for (const bad of [1n, Number.NaN, Symbol("s"), () => {}, new Date(), /a/u]) {
    expect(refusal({ bad })).toMatchObject({ code: "MOCK_SNAPSHOT_UNSUPPORTED" });
  }
  expect(refusal({ left: undefined, bytes: new Uint8Array([1, 2]) })).toEqual({
    bytes: { type: "Buffer", data: "AQI=" },
  });
});
