import { type KeyObject, createECDH, createPrivateKey } from "node:crypto";

const CURVE_ORDER = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const KEY_BYTES = 32;

/** How many bytes a key is made from: more than it has, so that every key is as likely as another. */
export const KEY_SEED_BYTES = 48;

/** The P-256 private key that some bytes stand for: the same bytes give the same key. */
export function p256KeyFromBytes(bytes: Buffer): KeyObject {
  const number = (BigInt(`0x${bytes.toString("hex")}`) % (CURVE_ORDER - 1n)) + 1n;
  const secret = Buffer.from(number.toString(16).padStart(KEY_BYTES * 2, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(secret);
  // A point: one byte that says "both coordinates follow", then x and y.
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: secret.toString("base64url"),
      x: point.subarray(1, 1 + KEY_BYTES).toString("base64url"),
      y: point.subarray(1 + KEY_BYTES).toString("base64url"),
    },
  });
}
