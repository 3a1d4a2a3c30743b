import { describe, expect, test } from "vitest";
import type { Contact, FaultName } from "@motte/mock-server";
import { verify } from "../../src/wire/curve.ts";
import { type FaultStage, faultStage } from "../support/fault-stage.ts";
import { type StanzaClient, at, childrenOf, tag } from "../support/stanza-client.ts";

type Node = ReturnType<typeof tag>;

async function bundles(client: StanzaClient, ...people: readonly Contact[]): Promise<Node[]> {
  const users = people.map(({ lid }) => tag("user", { jid: lid }));
  const list = await client.ask("get", "encrypt", [tag("key", {}, users)]);
  return childrenOf(list, "user");
}

const bytesAt = (node: Node | undefined, ...path: string[]): Uint8Array => {
  const content = at(node, ...path)?.content;
  return content instanceof Uint8Array ? content : Buffer.alloc(0);
};

function signatureFits(user: Node | undefined): boolean {
  const signed = Buffer.concat([Buffer.from([5]), bytesAt(user, "skey", "value")]);
  return verify(bytesAt(user, "identity"), signed, bytesAt(user, "skey", "signature"));
}

const errorOf = (user: Node | undefined): string | undefined => at(user, "error")?.attrs["code"];

/** The bundle of somebody with a fault and, the rule being used up, without it. */
async function withAndWithout(
  { server, client }: FaultStage,
  fault: FaultName,
): Promise<readonly [Node | undefined, Node | undefined]> {
  const ana = server.contact({ name: "Ana" });
  const rule = server.fault(fault);
  const [hit] = await bundles(client, ana);
  expect(rule.fired).toBe(1);
  const [spared] = await bundles(client, ana);
  return [hit, spared];
}

describe("the keys of a device", () => {
  test("come without a one-time key", async () => {
    await using all = await faultStage();

    const [hit, spared] = await withAndWithout(all, "no-one-time-pre-keys");

    expect(at(hit, "key")).toBeUndefined();
    expect(at(hit, "skey", "value")).toBeDefined();
    expect(at(spared, "key")).toBeDefined();
  });

  test("are missing", async () => {
    await using all = await faultStage();

    const [hit, spared] = await withAndWithout(all, "bundle-missing");

    expect(errorOf(hit)).toBe("404");
    expect(errorOf(spared)).toBeUndefined();
  });

  test("come with an identity that is not the device's, which signed them nevertheless", async () => {
    await using all = await faultStage();

    const [hit, spared] = await withAndWithout(all, "stale-identity");

    expect(bytesAt(hit, "identity")).not.toEqual(bytesAt(spared, "identity"));
    expect([signatureFits(hit), signatureFits(spared)]).toEqual([true, true]);
    expect(bytesAt(hit, "skey", "value")).toEqual(bytesAt(spared, "skey", "value"));
  });

  test("come with a signature that does not fit", async () => {
    await using all = await faultStage();

    const [hit, spared] = await withAndWithout(all, "wrong-signature");

    expect([signatureFits(hit), signatureFits(spared)]).toEqual([false, true]);
    expect(bytesAt(hit, "identity")).toEqual(bytesAt(spared, "identity"));
  });

  test("are bad for the one person that is set, by either name", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    server.fault("bundle-missing", { user: ben.pn });

    const alone = await bundles(client, ana);
    const both = await bundles(client, ana, ben);

    expect(alone.map(errorOf)).toEqual([undefined]);
    expect(both.map(errorOf)).toEqual([undefined, "404"]);
  });

  test("are bad for one of several that are asked for at once", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    const people = ["Ana", "Ben", "Cleo"].map((name) => server.contact({ name }));
    server.fault("bad-user-in-batch", { position: 1 });

    const alone = await bundles(client, ...people.slice(0, 1));
    const all3 = await bundles(client, ...people);

    expect(alone.map(errorOf)).toEqual([undefined]);
    expect(all3.map(errorOf)).toEqual([undefined, "404", undefined]);
    server.fault("bad-user-in-batch");
    const drawn = await bundles(client, ...people);
    expect(drawn.filter((user) => errorOf(user) === "404")).toHaveLength(1);
  });
});

test("a stale identity costs a retry, and the message arrives once", async () => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  const ana = server.contact();
  server.fault("stale-identity", { user: ana.pn });

  await client.sock.sendMessage(ana.pn, { text: "for whom you were" });

  expect(await ana.receive()).toMatchObject({ text: "for whom you were" });
  expect(client.got("receipt", ({ attrs }) => attrs["type"] === "retry")).toHaveLength(1);
  expect(ana.messages).toHaveLength(1);
  expect(phone.sentMessages).toHaveLength(1);
});

const digest = (client: StanzaClient): Promise<Node | undefined> =>
  client.ask("get", "encrypt", [tag("digest")]);

describe("the digest of the client's own keys", () => {
  test("has the hash of other keys", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.fault("digest-mismatch");

    const wrong = bytesAt(await digest(client), "hash");
    const right = bytesAt(await digest(client), "hash");

    expect(wrong).toHaveLength(20);
    expect(wrong).not.toEqual(right);
  });

  test("is not there, or not found", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.fault("digest-mismatch", { form: "no-digest" });
    expect(await digest(client)).toBeUndefined();
    server.fault("digest-mismatch", { form: "not-found" });
    await expect(digest(client)).rejects.toMatchObject({ data: 404 });
  });
});
