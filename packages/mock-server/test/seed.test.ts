import { X509Certificate } from "node:crypto";
import { type AuthenticationCreds, BufferJSON, initAuthCreds } from "@whiskeysockets/baileys";
import { seededRandom } from "@motte/core/random";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Randomness } from "../src/seed/randomness.ts";
import { SeededStream } from "../src/seed/seeded-stream.ts";
import { Client, memoryAuth, settled } from "./support/client.ts";
import { QUIET, StanzaClient, childrenOf, tag } from "./support/stanza-client.ts";

const PEM = { type: "spki", format: "pem" } as const;
const NEW_YEAR = Date.UTC(2026, 0, 1);

/** What a client draws itself is the same in every run. */
function sameCreds(creds: AuthenticationCreds): AuthenticationCreds {
  return JSON.parse(JSON.stringify(creds, BufferJSON.replacer), BufferJSON.reviver) as typeof creds;
}

/** Lives through the same on a new server and tells everything that server made up. */
async function run(seed: string, creds: AuthenticationCreds): Promise<Record<string, unknown>> {
  await using server = await MockServer.start({ seed });
  server.clock.freeze();
  server.clock.set(NEW_YEAR);
  const phone = server.phone();
  const alice = server.contact({ name: "Alice" });
  const auth = { ...memoryAuth(), creds: sameCreds(creds) };
  const pairing = new Client(server, auth, QUIET);
  const qr = await pairing.qr();
  await phone.scan(qr);
  await pairing.closed();
  await pairing[Symbol.asyncDispose]();
  await using client = new StanzaClient(new Client(server, auth, QUIET));
  await client.client.open();
  const said = await alice.say(phone, "hello");
  await client.client.message("hello");
  const linked = alice.linkDevice();
  const group = server.group({ subject: "us", members: [alice, phone] });
  const toGroup = await linked.say(group, "all");
  const invitation = group.invite(server.contact());
  const bundles = await client.ask("get", "encrypt", [
    tag("key", {}, [tag("user", { jid: alice.lid }), tag("user", { jid: alice.pn })]),
  ]);
  const media = await client.ask("set", "w:m", [tag("media_conn")]);
  const news = server.newsletter({ name: "news", owner: alice });
  const poll = await alice.poll(phone, { question: "?", options: ["a", "b"] });
  alice.setPicture(Buffer.from("a picture"));
  phone.appState.pin(alice);
  const call = alice.call(phone);
  phone.history.chat(alice).message("long ago");
  await settled(server, phone);
  const image = server.media.image(Buffer.from("an image")).imageMessage;
  return {
    people: [phone, alice, server.contact()].map(({ name, phoneNumber, lid }) => {
      return { name, phoneNumber, lid };
    }),
    // Not the certificate itself: ECDSA draws a number for each signature.
    trust: [server.noiseRootKey, new X509Certificate(server.caCertificate).publicKey.export(PEM)],
    qr: qr.split(",")[0],
    ids: [said.id, toGroup.id, poll.id, call.id],
    group: [group.jid, group.inviteCode, invitation],
    newsletter: [news.jid, news.invite],
    media: [image?.directPath, image?.mediaKey, media?.attrs["auth"]],
    salt: phone.newChatSalt,
    bundles: childrenOf(bundles),
    syncKeys: phone.appState.keyShare(),
    identity: auth.creds.account?.accountSignatureKey,
    history: phone.history.chat(alice).newestFirst(),
    signalIdentities: alice.devices.map(({ virtual }) => virtual.peer.identity.public),
    // All it has sent of its own accord, with its ids and times: answers have the ids of the requests.
    sent: server.journal
      .filter(({ direction, tag: name, attrs }) => {
        return direction === "out" && name !== "ack" && attrs["type"] !== "result";
      })
      .map(({ tag: name, attrs, children }) => JSON.stringify([name, attrs, children]))
      .toSorted(),
  };
}

test("two servers with one seed make up the same keys, numbers, ids, codes and paths", async () => {
  const creds = initAuthCreds();
  const [one, two, other] = [
    await run("seed", creds),
    await run("seed", creds),
    await run("other seed", creds),
  ];

  for (const [name, value] of Object.entries(one)) {
    expect({ [name]: two[name] }).toEqual({ [name]: value });
    expect({ [name]: other[name] }).not.toEqual({ [name]: value });
  }
});

test("what is drawn for one use leaves the others as they were", () => {
  const quiet = new Randomness(seededRandom("uses"), undefined);
  const busy = new Randomness(seededRandom("uses"), undefined);
  busy.for("padding").bytes(1_000);
  busy.for("noise").bytes(32);
  expect(busy.for("qr").bytes(16)).toEqual(quiet.for("qr").bytes(16));
});

test("a source that is given takes the place of every stream, and is in no snapshot", () => {
  const random = new Randomness(seededRandom("uses"), seededRandom("given"));
  expect(random.for("qr").bytes(8)).toEqual(seededRandom("given").bytes(8));
  expect(random.toSnapshot()).toEqual([]);
});

test("a stream goes on from where its snapshot was taken, whatever was drawn since", () => {
  const draws = fc.array(fc.oneof(fc.nat(70), fc.constant("next" as const)), { maxLength: 10 });
  fc.assert(
    fc.property(draws, draws, draws, (before, since, after) => {
      const draw = (stream: SeededStream, amounts: typeof before): unknown[] =>
        amounts.map((each) => (each === "next" ? stream.next() : stream.bytes(each)));
      const stream = new SeededStream(seededRandom("stream"));
      draw(stream, before);
      const snapshot = stream.toSnapshot();
      const expected = draw(stream, after);
      draw(stream, since);
      stream.fromSnapshot(snapshot);
      expect(draw(stream, after)).toEqual(expected);
    }),
  );
});

test("a stream gives the same bytes as the source it stands for", () => {
  const stream = new SeededStream(seededRandom("long"));
  const source = seededRandom("long");
  expect([stream.bytes(100_000), stream.next()]).toEqual([source.bytes(100_000), source.next()]);
  const resumed = new SeededStream(seededRandom("long"));
  resumed.fromSnapshot(stream.toSnapshot());
  expect(resumed.bytes(10)).toEqual(source.bytes(10));
});
