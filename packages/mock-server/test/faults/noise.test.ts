import { proto } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FaultName, MockServer } from "@motte/mock-server";
import { verify } from "../../src/wire/curve.ts";
import { BareClient, frame } from "../support/bare-client.ts";

const PROLOGUE = Buffer.from("WA\u0006\u0003");
const { Details } = proto.CertChain.NoiseCertificate;

let server: MockServer;
beforeAll(async () => {
  server = await MockServer.start({ seed: "noise faults" });
});
beforeEach(() => server.faults.clear());
afterAll(() => server.close());

/** What the server answers a client's hello with. */
async function hello(): Promise<{ readonly client: BareClient; readonly answer: Buffer }> {
  const client = await BareClient.connect(server.url);
  client.sendRaw(Buffer.concat([PROLOGUE, frame(client.noise.hello())]));
  return { client, answer: await client.nextFrame() };
}

/** What one handshake has shown of the server. */
async function shown() {
  await using client = await BareClient.open(server);
  const { intermediate, leaf } = proto.CertChain.decode(
    client.noise.certificateChain ?? Buffer.alloc(0),
  );
  const [by, of] = [intermediate, leaf].map((each) => ({
    details: each?.details ?? Buffer.alloc(0),
    signature: each?.signature ?? Buffer.alloc(0),
  }));
  if (by === undefined || of === undefined) throw new Error("The chain is not whole");
  const [issuer, subject] = [Details.decode(by.details), Details.decode(of.details)];
  return {
    vouchedFor: client.noise.serverStatic?.equals(subject.key ?? Buffer.alloc(0)),
    issuerSerial: issuer.issuerSerial,
    notAfter: [issuer, subject].map(({ notAfter }) => Number(notAfter)),
    signed: [
      verify(server.noiseRootKey, by.details, by.signature),
      verify(issuer.key ?? Buffer.alloc(0), of.details, of.signature),
    ],
  };
}

const RIGHT = {
  vouchedFor: true,
  issuerSerial: 0,
  notAfter: [4_000_000_000, 4_000_000_000],
  signed: [true, true],
};

describe("the server's certificate", () => {
  test("is right without a fault, and after one", async () => {
    server.fault("noise-bad-signature");
    await shown();

    expect(await shown()).toEqual(RIGHT);
  });

  test("is signed by somebody else", async () => {
    server.fault("noise-bad-signature");

    expect(await shown()).toEqual({ ...RIGHT, signed: [false, false] });
  });

  test("is of another authority, and signed rightly", async () => {
    server.fault("noise-issuer-serial", { serial: 9 });

    expect(await shown()).toEqual({ ...RIGHT, issuerSerial: 9 });
  });

  test("is of a time that is over, and signed rightly", async () => {
    server.fault("noise-expired-certificate", { notAfter: 1234 });

    expect(await shown()).toEqual({ ...RIGHT, notAfter: [1234, 1234] });
  });

  test("vouches for another key than the one the server has", async () => {
    server.fault("noise-wrong-static-key");

    expect(await shown()).toEqual({ ...RIGHT, vouchedFor: false });
  });
});

describe("the server's hello", () => {
  test("is as long as it should be, and garbage", async () => {
    const { client: other, answer: right } = await hello();
    server.fault("noise-garbage-hello");
    const { client, answer } = await hello();

    expect(answer).toEqual(Buffer.alloc(right.length, 0xff));
    for (const each of [other, client]) await each[Symbol.asyncDispose]();
  });

  test("ends in the middle, and its frame says so", async () => {
    const { client: other, answer: right } = await hello();
    server.fault("noise-truncated-hello");
    const { client, answer } = await hello();

    expect(answer).toHaveLength(Math.floor(right.length / 2));
    for (const each of [other, client]) await each[Symbol.asyncDispose]();
  });

  test("can be read, and does not decrypt", async () => {
    server.fault("noise-bad-tag");
    const { client, answer } = await hello();

    const { serverHello } = proto.HandshakeMessage.decode(answer);
    expect(serverHello?.ephemeral).toHaveLength(32);
    expect(() => client.noise.answer(answer)).toThrow("unable to authenticate");
    await client[Symbol.asyncDispose]();
  });

  test("never comes, and the next client's does", async () => {
    const rule = server.fault("noise-no-hello");
    await using client = await BareClient.connect(server.url);
    client.sendRaw(Buffer.concat([PROLOGUE, frame(client.noise.hello())]));
    await rule.whenFired();

    await using next = await BareClient.open(server);
    await next.receive("iq");

    expect(client.messages).toEqual([]);
    expect(rule.active).toBe(false);
  });
});

test("a client that knows the right key is not let through with it, once", async () => {
  await using first = await BareClient.open(server);
  const serverStatic = first.noise.serverStatic ?? Buffer.alloc(0);
  server.fault("noise-refuse-ik");

  await using refused = await BareClient.open(server, { serverStatic });
  await refused.receive("iq");
  await using next = await BareClient.open(server, { serverStatic });
  await next.receive("iq");

  expect(server.connections.slice(-2).map(({ handshake }) => handshake)).toEqual([
    "XXfallback",
    "IK",
  ]);
});

test.each([
  "noise-no-hello",
  "noise-bad-tag",
  "noise-bad-signature",
  "noise-refuse-ik",
] satisfies FaultName[])("%s cannot be about a phone: nobody knows yet who connects", (fault) => {
  expect(() => server.fault(fault, { phone: server.phone() })).toThrow(
    "before a client has said who it is",
  );
});
