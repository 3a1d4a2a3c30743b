import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  verify as verifyEd25519,
} from "node:crypto";
import { Curve } from "./baileys.ts";

/** An X25519 key pair, both halves 32 raw bytes. */
export interface KeyPair {
  readonly private: Buffer;
  readonly public: Buffer;
}

// To read a private key, Node works out the public one: as much as to agree on a secret.
const privateKeys = new WeakMap<KeyPair, KeyObject>();

/** The key pair that 32 bytes stand for: the same bytes give the same pair. */
export function keyPairFromBytes(bytes: Uint8Array): KeyPair {
  const clamped = Buffer.from(bytes);
  clamped.writeUInt8(clamped.readUInt8(0) & 0b1111_1000, 0);
  clamped.writeUInt8((clamped.readUInt8(31) & 0b0111_1111) | 0b0100_0000, 31);
  const key = readPrivateKey(clamped);
  const { x = "" } = key.export({ format: "jwk" });
  const pair = { private: clamped, public: Buffer.from(x, "base64url") };
  privateKeys.set(pair, key);
  return pair;
}

/** The secret both sides of a Diffie-Hellman exchange arrive at. Throws for a key of another length. */
export function agree(ours: KeyPair, theirs: Uint8Array): Buffer {
  const publicKey = readPublicKey("X25519", theirs);
  return diffieHellman({ privateKey: privateKeyOf(ours), publicKey });
}

/** An XEdDSA signature, 64 bytes. */
export function sign(signer: KeyPair, message: Uint8Array): Buffer {
  return Buffer.from(Curve.sign(signer.private, message));
}

/**
 * Whether `signature` over `message` was made with the private half of `publicKey`.
 *
 * `Curve.verify` of Baileys 7.0.0-rc14 answers true for any 64 bytes, because it drops the boolean libsignal
 * returns; so XEdDSA is checked here, as Ed25519 over the birationally equal curve.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const ed25519Signature = Buffer.from(signature);
  const lastByte = ed25519Signature.readUInt8(63);
  const signBit = lastByte & 0b1000_0000;
  ed25519Signature.writeUInt8(lastByte & 0b0111_1111, 63);
  const point = edwardsY(publicKey);
  point.writeUInt8(point.readUInt8(31) | signBit, 31);
  return verifyEd25519(null, message, readPublicKey("Ed25519", point), ed25519Signature);
}

const P = 2n ** 255n - 19n;

/** y = (u - 1) / (u + 1) mod p: the Edwards point of a Montgomery public key, without its sign. */
function edwardsY(montgomery: Uint8Array): Buffer {
  const hex = Buffer.from(montgomery.toReversed()).toString("hex");
  const u = BigInt(`0x${hex}`) & (2n ** 255n - 1n);
  const y = (((u - 1n + P) % P) * power(u + 1n, P - 2n)) % P;
  return Buffer.from(Buffer.from(y.toString(16).padStart(64, "0"), "hex").toReversed());
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

function privateKeyOf(pair: KeyPair): KeyObject {
  let key = privateKeys.get(pair);
  if (key === undefined) {
    key = readPrivateKey(pair.private);
    privateKeys.set(pair, key);
  }
  return key;
}

// Node reads a JWK about ten times as fast as DER.
function readPrivateKey(raw: Uint8Array): KeyObject {
  // The public half follows from `d`; Node wants to see an `x` and does not look at it.
  const key = { kty: "OKP", crv: "X25519", d: Buffer.from(raw).toString("base64url"), x: "" };
  return createPrivateKey({ key, format: "jwk" });
}

function readPublicKey(crv: "X25519" | "Ed25519", raw: Uint8Array): KeyObject {
  const key = { kty: "OKP", crv, x: Buffer.from(raw).toString("base64url") };
  return createPublicKey({ key, format: "jwk" });
}
