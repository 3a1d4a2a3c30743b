import { Curve, proto } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MockConnection, MockServer } from "@motte/mock-server";
import { BareClient } from "./support/bare-client.ts";
import { type MemoryAuth, pairedClient, settled } from "./support/client.ts";

const seed = "noise ik";
let server: MockServer;
let auth: MemoryAuth;
let serverStatic: Buffer;

beforeAll(async () => {
  server = await MockServer.start({ seed });
  const phone = server.phone();
  {
    await using client = await pairedClient(server, phone);
    ({ auth } = client);
    await client.synced();
    await settled(server, phone);
  }
  await using bare = await BareClient.open(server, { creds: auth.creds });
  serverStatic = bare.noise.serverStatic ?? Buffer.alloc(0);
});
afterAll(() => server.close());

/** Handshakes with what an earlier connection taught and returns how that went, with the first stanza. */
async function ik(on: MockServer, knownStatic: Uint8Array) {
  const opened = new Promise<MockConnection>((resolve) => void on.onConnection(resolve));
  await using client = await BareClient.open(on, {
    creds: auth.creds,
    serverStatic: knownStatic,
  });
  const { tag } = await client.receive("success", "failure");
  const { handshake: pattern } = await opened;
  return { pattern, tag, noise: client.noise };
}

describe("Noise", () => {
  test("XX teaches the client the static key that the certificate vouches for", async () => {
    await using client = await BareClient.open(server, { creds: auth.creds });
    await client.receive("success");
    const chain = proto.CertChain.decode(client.noise.certificateChain ?? Buffer.alloc(0));
    const { Details } = proto.CertChain.NoiseCertificate;
    const leaf = Details.decode(chain.leaf?.details ?? Buffer.alloc(0));

    expect(Buffer.from(leaf.key ?? [])).toEqual(serverStatic);
    expect(server.connections.at(-1)?.handshake).toBe("XX");
  });

  test("IK is accepted from a client that knows the static key", async () => {
    const { pattern, tag, noise } = await ik(server, serverStatic);

    expect({ pattern, tag }).toEqual({ pattern: "IK", tag: "success" });
    expect(noise.serverStatic).toBeUndefined();
    expect(noise.certificateChain?.length).toBeGreaterThan(0);
  });

  test("IK from a client that remembers another key becomes XXfallback", async () => {
    const other = Buffer.from(Curve.generateKeyPair().public);
    const { pattern, tag, noise } = await ik(server, other);

    expect({ pattern, tag }).toEqual({ pattern: "XXfallback", tag: "success" });
    expect(noise.serverStatic).toEqual(serverStatic);
  });

  test("IK is refused by a server that was told to, and the client still gets in", async () => {
    await using refusing = await MockServer.start({ seed, noise: { refuseIk: true } });
    const { pattern, tag } = await ik(refusing, serverStatic);

    // This server has not linked the client; that it can say so needs the handshake.
    expect({ pattern, tag }).toEqual({ pattern: "XXfallback", tag: "failure" });
  });

  test("the static key outlives the server: the same seed still accepts IK", async () => {
    await using again = await MockServer.start({ seed });
    await using changed = await MockServer.start({ seed: "another" });

    expect(await ik(again, serverStatic)).toMatchObject({ pattern: "IK", tag: "failure" });
    expect(await ik(changed, serverStatic)).toMatchObject({ pattern: "XXfallback" });
  });
});
