import { Curve } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agree, keyPairFromBytes, sign, verify } from "../../src/wire/curve.ts";

const keyBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("the curve", () => {
  test("a key pair made from bytes agrees with Baileys' curve", () => {
    fc.assert(
      fc.property(keyBytes, (bytes) => {
        const ours = keyPairFromBytes(bytes);
        const theirs = Curve.generateKeyPair();

        expect(agree(ours, theirs.public)).toEqual(Curve.sharedKey(theirs.private, ours.public));
        expect(keyPairFromBytes(bytes)).toEqual(ours);
      }),
      { numRuns: 20 },
    );
  });

  test("a signature holds for its key and message only", () => {
    fc.assert(
      fc.property(
        keyBytes,
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(511),
        (bytes, message, bit) => {
          const signer = keyPairFromBytes(bytes);
          const signature = sign(signer, message);
          const changed = Buffer.from(signature);
          changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);

          expect(verify(signer.public, message, signature)).toBe(true);
          expect(verify(signer.public, message, changed)).toBe(false);
          expect(verify(signer.public, Buffer.concat([message, Buffer.from([0])]), signature)).toBe(
            false,
          );
          expect(verify(Curve.generateKeyPair().public, message, signature)).toBe(false);
        },
      ),
      { numRuns: 10 },
    );
  });

  test("a signature or key of another length is no signature", () => {
    const signer = keyPairFromBytes(Buffer.alloc(32, 1));
    const signature = sign(signer, Buffer.from("m"));

    expect(verify(signer.public, Buffer.from("m"), signature.subarray(1))).toBe(false);
    expect(verify(signer.public.subarray(1), Buffer.from("m"), signature)).toBe(false);
  });
});
