import { createHmac } from "node:crypto";
import { type KeyPair, sign, verify } from "../wire/curve.ts";
import { proto } from "../wire/baileys.ts";

// Domain separators of the signatures (Baileys Defaults: WA_ADV_ACCOUNT_SIG_PREFIX, WA_ADV_DEVICE_SIG_PREFIX and
// their likes for hosted devices).
const ACCOUNT_SIGNATURE = Buffer.from([6, 0]);
const DEVICE_SIGNATURE = Buffer.from([6, 1]);
const HOSTED_ACCOUNT_SIGNATURE = Buffer.from([6, 5]);
const HOSTED_DEVICE_SIGNATURE = Buffer.from([6, 6]);
const KEY_INDEX_SIGNATURE = Buffer.from([6, 2]);

export interface DeviceIdentityRequest {
  readonly account: KeyPair;
  readonly companionIdentityKey: Uint8Array;
  readonly rawId: number;
  readonly keyIndex: number;
  readonly timestamp: number;
  /** The device is run by Meta for a business. @defaultValue `false` */
  readonly hosted?: boolean;
}

/** The phone's half of a companion's identity: who it is, signed with the account's identity key. */
export function signDeviceIdentity(request: DeviceIdentityRequest): proto.IADVSignedDeviceIdentity {
  const { account, companionIdentityKey, rawId, keyIndex, timestamp, hosted = false } = request;
  const { E2EE, HOSTED } = proto.ADVEncryptionType;
  const details = proto.ADVDeviceIdentity.encode({
    rawId,
    keyIndex,
    timestamp,
    accountType: E2EE,
    deviceType: hosted ? HOSTED : E2EE,
  }).finish();
  return {
    details,
    accountSignatureKey: account.public,
    accountSignature: sign(
      account,
      Buffer.concat([
        hosted ? HOSTED_ACCOUNT_SIGNATURE : ACCOUNT_SIGNATURE,
        details,
        companionIdentityKey,
      ]),
    ),
  };
}

/** The whole identity of a linked device the server has the keys of, signed by both sides. */
export function linkedDeviceIdentity(
  request: Omit<DeviceIdentityRequest, "companionIdentityKey"> & { readonly companion: KeyPair },
): Buffer {
  const { companion } = request;
  const signed = signDeviceIdentity({ ...request, companionIdentityKey: companion.public });
  const { details, accountSignatureKey } = signed;
  const proof = Buffer.concat([
    request.hosted === true ? HOSTED_DEVICE_SIGNATURE : DEVICE_SIGNATURE,
    details ?? Buffer.alloc(0),
    companion.public,
    accountSignatureKey ?? Buffer.alloc(0),
  ]);
  return Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({
      ...signed,
      deviceSignature: sign(companion, proof),
    }).finish(),
  );
}

/** The identity as pair-success carries it: authenticated with the secret only the QR or the code gave the phone. */
export function sealDeviceIdentity(
  identity: proto.IADVSignedDeviceIdentity,
  advSecret: Uint8Array,
): Buffer {
  const details = proto.ADVSignedDeviceIdentity.encode(identity).finish();
  const hmac = createHmac("sha256", advSecret).update(details).digest();
  return Buffer.from(proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac }).finish());
}

/**
 * Completes the identity with the client's half, or returns `undefined` when that is not what was signed.
 *
 * The client leaves the account key out of its answer, so it is put back from ours.
 */
export function acceptDeviceSignature(
  ours: proto.IADVSignedDeviceIdentity,
  answer: Uint8Array,
  companionIdentityKey: Uint8Array,
): Buffer | undefined {
  const { details, accountSignatureKey, accountSignature } = ours;
  const theirs = proto.ADVSignedDeviceIdentity.decode(answer);
  if (!details || !accountSignatureKey || !accountSignature || !theirs.deviceSignature)
    return undefined;
  const signed = Buffer.concat([
    DEVICE_SIGNATURE,
    details,
    companionIdentityKey,
    accountSignatureKey,
  ]);
  if (!theirs.details || !Buffer.from(details).equals(theirs.details)) return undefined;
  if (!verify(companionIdentityKey, signed, theirs.deviceSignature)) return undefined;
  return Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey,
      accountSignature,
      deviceSignature: theirs.deviceSignature,
    }).finish(),
  );
}

export interface KeyIndexListRequest {
  readonly account: KeyPair;
  readonly rawId: number;
  readonly timestamp: number;
  readonly keyIndexes: readonly number[];
}

/** The signed list of companions that belong to the account, as usync shows it to others. */
export function signKeyIndexList(request: KeyIndexListRequest): Buffer {
  const { account, rawId, timestamp, keyIndexes } = request;
  const details = proto.ADVKeyIndexList.encode({
    rawId,
    timestamp,
    currentIndex: Math.max(0, ...keyIndexes),
    // Index 0 is the phone itself.
    validIndexes: [0, ...keyIndexes],
  }).finish();
  return Buffer.from(
    proto.ADVSignedKeyIndexList.encode({
      details,
      accountSignature: sign(account, Buffer.concat([KEY_INDEX_SIGNATURE, details])),
      accountSignatureKey: account.public,
    }).finish(),
  );
}
