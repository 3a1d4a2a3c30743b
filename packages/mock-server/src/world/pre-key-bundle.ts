import {
  type BinaryNode,
  child,
  childBytes,
  childUint,
  children,
  uint,
} from "../wire/binary-node.ts";
import { node } from "../replies.ts";

/** A one-time key a peer may start a Signal session with. */
export interface PreKey {
  readonly id: number;
  readonly publicKey: Buffer;
}

export interface SignedPreKey extends PreKey {
  readonly signature: Buffer;
}

/** All a peer needs to start a Signal session with one device. Public keys are 32 bytes, without the type byte. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: Buffer;
  readonly signedPreKey: SignedPreKey;
  /** Absent once the device has none left, which is still a valid bundle. */
  readonly preKey?: PreKey | undefined;
}

// The key type every client writes: Curve25519.
const KEY_TYPE = Buffer.from([5]);

/** The children of a `<user>` in the answer to a bundle request. */
export function bundleNodes(bundle: PreKeyBundle): BinaryNode[] {
  return [node("registration", {}, uint(bundle.registrationId, 4)), ...keyNodes(bundle)];
}

/** The children of `<keys>` in a retry receipt, which has the registration id beside it. */
export function keyNodes({ identityKey, signedPreKey, preKey }: PreKeyBundle): BinaryNode[] {
  return [
    node("type", {}, KEY_TYPE),
    node("identity", {}, identityKey),
    ...(preKey === undefined ? [] : [preKeyNode(preKey)]),
    signedPreKeyNode(signedPreKey),
  ];
}

function signedPreKeyNode({ id, publicKey, signature }: SignedPreKey): BinaryNode {
  return node("skey", {}, [
    node("id", {}, uint(id, 3)),
    node("value", {}, publicKey),
    node("signature", {}, signature),
  ]);
}

export function readSignedPreKey(skey: BinaryNode): SignedPreKey {
  return { ...readPreKey(skey), signature: childBytes(skey, "signature", 64) };
}

export function readPreKeys(list: BinaryNode): PreKey[] {
  return children(list, "key").map(readPreKey);
}

/** The bundle in a retry receipt, or `undefined` when the client sent none. */
export function readRetryBundle(receipt: BinaryNode): PreKeyBundle | undefined {
  const keys = child(receipt, "keys");
  const skey = keys && child(keys, "skey");
  if (keys === undefined || skey === undefined) return undefined;
  const key = child(keys, "key");
  return {
    registrationId: childUint(receipt, "registration", 4),
    identityKey: childBytes(keys, "identity", 32),
    signedPreKey: readSignedPreKey(skey),
    preKey: key && readPreKey(key),
  };
}

function preKeyNode({ id, publicKey }: PreKey): BinaryNode {
  return node("key", {}, [node("id", {}, uint(id, 3)), node("value", {}, publicKey)]);
}

function readPreKey(key: BinaryNode): PreKey {
  return { id: childUint(key, "id", 3), publicKey: childBytes(key, "value", 32) };
}
