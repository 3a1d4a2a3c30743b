import { Curve, NOISE_WA_HEADER, makeNoiseHandler, proto } from "@whiskeysockets/baileys";
import { hasCode } from "@motte/core/errors";
import { silentLogger } from "@motte/core/logger";
import { seededRandom } from "@motte/core/random";
import * as libsignal from "libsignal";
import { describe, expect, test } from "vitest";
import { seededTrust } from "../../src/trust.ts";
import { keyPairFromBytes, verify } from "../../src/wire/curve.ts";
import { FrameDecoder, encodeFrame } from "../../src/wire/frame.ts";
import { decodeNode, encodeNode } from "../../src/wire/node-codec.ts";
import { NoiseResponder } from "../../src/wire/noise/responder.ts";

const bounds = { maxNodes: 1000, maxNodeDepth: 20, maxInflatedBytes: 1_000_000 };
const trust = seededTrust(seededRandom("noise"));

function handshake(routingInfo?: Buffer) {
  const random = seededRandom("handshake");
  const ephemeral = Curve.generateKeyPair();
  const staticKey = Curve.generateKeyPair();
  const client = makeNoiseHandler({
    keyPair: ephemeral,
    NOISE_HEADER: NOISE_WA_HEADER,
    logger: silentLogger,
    ...(routingInfo && { routingInfo }),
  });
  const server = new NoiseResponder({ ...trust, ephemeralKey: keyPairFromBytes(random.bytes(32)) });
  const decoder = new FrameDecoder(1_000_000);
  const hello = proto.HandshakeMessage.encode({
    clientHello: { ephemeral: ephemeral.public },
  }).finish();
  const [helloFrame = Buffer.alloc(0)] = decoder.push(client.encodeFrame(hello));
  const serverHello = proto.HandshakeMessage.decode(server.readClientHello(helloFrame).frame);
  return { client, server, decoder, staticKey, serverHello };
}

describe("the Noise responder", () => {
  test.each([undefined, Buffer.from("edge routing")])(
    "completes the handshake with Baileys and exchanges stanzas both ways (routing prefix %s)",
    async (routingInfo) => {
      const { client, server, decoder, staticKey, serverHello } = handshake(routingInfo);
      const sealedStatic = client.processHandshake(serverHello, staticKey);
      const finish = proto.HandshakeMessage.encode({
        clientFinish: { static: sealedStatic, payload: client.encrypt(Buffer.from("payload")) },
      }).finish();
      const [finishFrame = Buffer.alloc(0)] = decoder.push(client.encodeFrame(finish));
      const result = server.readClientFinish(finishFrame);
      await client.finishInit();

      const received: unknown[] = [];
      for (const id of ["1", "2"]) {
        const sealed = result.transport.seal(encodeNode({ tag: "success", attrs: { id } }));
        await client.decodeFrame(encodeFrame(sealed), (node) => received.push(node));
      }
      const sent: unknown[] = [];
      for (const id of ["3", "4"]) {
        const plain = encodeNode({ tag: "iq", attrs: { id } });
        const [frame = Buffer.alloc(0)] = decoder.push(client.encodeFrame(plain));
        sent.push(decodeNode(result.transport.open(frame), bounds));
      }

      expect(decoder.routingInfo?.toString()).toBe(routingInfo?.toString());
      expect(result.clientStaticKey).toEqual(Buffer.from(staticKey.public));
      expect(result.payload.toString()).toBe("payload");
      expect(received).toMatchObject([{ attrs: { id: "1" } }, { attrs: { id: "2" } }]);
      expect(sent).toMatchObject([{ attrs: { id: "3" } }, { attrs: { id: "4" } }]);
    },
  );

  test("refuses a client that does not hold the static key it shows", () => {
    const { client, server, serverHello, staticKey } = handshake();
    const sealedStatic = client.processHandshake(serverHello, {
      public: staticKey.public,
      private: Curve.generateKeyPair().private,
    });
    const finish = proto.HandshakeMessage.encode({
      clientFinish: { static: sealedStatic, payload: client.encrypt(Buffer.from("payload")) },
    }).finish();

    expect(() => server.readClientFinish(finish)).toThrow(
      expect.objectContaining({ code: "WIRE_NOISE_FAILED" }),
    );
  });

  test("refuses a hello without a key", () => {
    const server = new NoiseResponder({ ...trust, ephemeralKey: trust.staticKey });
    const read = () => server.readClientHello(Buffer.from("not a hello"));

    expect(read).toThrow(expect.toSatisfy((error) => hasCode(error, "WIRE_NOISE_FAILED")));
  });
});

function details(bytes: Uint8Array | null | undefined) {
  return proto.CertChain.NoiseCertificate.Details.decode(bytes ?? Buffer.alloc(0));
}

describe("the certificate chain", () => {
  test("is signed from the root down, with the serials every client checks", () => {
    const chain = proto.CertChain.decode(trust.certificateChain);
    const intermediate = details(chain.intermediate?.details);
    const leaf = details(chain.leaf?.details);
    const signedBy = (key: Uint8Array, certificate: typeof chain.leaf) => {
      const message = Buffer.from(certificate?.details ?? []);
      const signature = Buffer.from(certificate?.signature ?? []);
      return [
        verify(key, message, signature),
        // @ts-expect-error its typings leave the curve out
        libsignal.curve.verifySignature(Buffer.concat([Buffer.from([5]), key]), message, signature),
      ];
    };

    expect(signedBy(trust.rootKey, chain.intermediate)).toEqual([true, true]);
    expect(signedBy(intermediate.key ?? Buffer.alloc(0), chain.leaf)).toEqual([true, true]);
    expect(signedBy(trust.rootKey, chain.leaf)).toEqual([false, false]);
    expect(intermediate).toMatchObject({ serial: 1, issuerSerial: 0 });
    expect(leaf).toMatchObject({ serial: 2, issuerSerial: 1, key: trust.staticKey.public });
  });

  test("follows from the seed", () => {
    expect(seededTrust(seededRandom("noise")).certificateChain).toEqual(trust.certificateChain);
    expect(seededTrust(seededRandom("other")).rootKey).not.toEqual(trust.rootKey);
  });
});
