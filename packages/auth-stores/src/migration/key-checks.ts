import { createPrivateKey, createPublicKey, verify } from "node:crypto";

// RFC 8410: a raw 32-byte key behind these bytes is a DER document that OpenSSL reads.
const ED25519_PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
const FIELD = 2n ** 255n - 19n;

/** Whether `publicKey` (32 bytes, or 33 with libsignal's version byte) belongs to the X25519 key `privateKey`. */
export function isKeyPair(publicKey: Uint8Array, privateKey: Uint8Array): boolean {
  const given = withoutVersion(publicKey);
  if (privateKey.length !== 32 || given.length !== 32) return false;
  const x = given.toString("base64url");
  // As JWK, because OpenSSL reads a DER document ten times slower than it multiplies on the curve. Node makes the key
  // of `d` alone (RFC 8037), so what comes out as `x` was derived.
  const jwk = { kty: "OKP", crv: "X25519", d: Buffer.from(privateKey).toString("base64url"), x };
  return createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "jwk" }).x === x;
}

/**
 * Whether the XEdDSA `signature` of `message` was made with the X25519 key whose public part is `publicKey`.
 *
 * XEdDSA is Ed25519 under the Edwards form of the same key; libsignal (curve25519-js sign) carries the sign of that
 * form in the top bit of the signature.
 */
export function isSignedBy(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  const u = littleEndian(withoutVersion(publicKey)) % FIELD;
  const y = ((u - 1n + FIELD) * power(u + 1n, FIELD - 2n)) % FIELD;
  const edwards = bytesOf(y);
  const plain = Buffer.from(signature);
  const last = plain.readUInt8(63);
  edwards.writeUInt8(edwards.readUInt8(31) | (last & 0x80), 31);
  plain.writeUInt8(last & 0x7f, 63);
  const key = createPublicKey({
    key: Buffer.concat([ED25519_PUBLIC, edwards]),
    format: "der",
    type: "spki",
  });
  return verify(null, message, key, plain);
}

function withoutVersion(publicKey: Uint8Array): Buffer {
  return Buffer.from(publicKey.length === 33 ? publicKey.subarray(1) : publicKey);
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`) & (2n ** 255n - 1n);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").toReversed());
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % FIELD, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}
