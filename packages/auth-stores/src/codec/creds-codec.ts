import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import { bytesFrom, isObject } from "./bytes.ts";
import { decodeTagged, encodeTagged } from "./value-codec.ts";
import { withBytes } from "./value-shape.ts";

/** The creds as they are now. `undefined` fields are left out, as JSON does. */
export function encodeCreds(creds: AuthenticationCreds): Uint8Array {
  return encodeTagged(creds);
}

/** Reads creds in any form Baileys has written them; throws when a part that identifies the device is missing. */
export function decodeCreds(bytes: Uint8Array): AuthenticationCreds {
  const creds = reviveCreds(decodeTagged(bytes));
  assertCreds(creds);
  return creds;
}

// `additionalData` belongs to the application and is left as it was written.
function reviveCreds(stored: unknown): unknown {
  if (!isObject(stored)) return stored;
  const { signedPreKey, signalIdentities } = stored;
  const revived: Record<string, unknown> = {
    ...stored,
    noiseKey: keyPair(stored["noiseKey"]),
    pairingEphemeralKeyPair: keyPair(stored["pairingEphemeralKeyPair"]),
    signedIdentityKey: keyPair(stored["signedIdentityKey"]),
    signedPreKey: isObject(signedPreKey)
      ? {
          ...signedPreKey,
          keyPair: keyPair(signedPreKey["keyPair"]),
          signature: bytesFrom(signedPreKey["signature"]),
        }
      : signedPreKey,
  };
  if (stored["account"]) {
    // protobufjs ADVSignedDeviceIdentity.toJSON() turned these into base64.
    revived["account"] = withBytes(stored["account"], [
      "details",
      "accountSignatureKey",
      "accountSignature",
      "deviceSignature",
    ]);
  }
  if (Array.isArray(signalIdentities)) {
    revived["signalIdentities"] = signalIdentities.map((identity) =>
      withBytes(identity, ["identifierKey"]),
    );
  }
  if (stored["routingInfo"]) revived["routingInfo"] = bytesFrom(stored["routingInfo"]);
  return revived;
}

function keyPair(value: unknown): unknown {
  return withBytes(value, ["public", "private"]);
}

function assertCreds(creds: unknown): asserts creds is AuthenticationCreds {
  if (!isObject(creds)) throw new TypeError("creds are not an object");
  const { signedPreKey } = creds;
  const pairs: Record<string, unknown> = {
    noiseKey: creds["noiseKey"],
    signedIdentityKey: creds["signedIdentityKey"],
    "signedPreKey.keyPair": isObject(signedPreKey) ? signedPreKey["keyPair"] : undefined,
  };
  for (const [name, pair] of Object.entries(pairs)) {
    const whole = isObject(pair) && isKey(pair["public"]) && isKey(pair["private"]);
    if (!whole) throw new TypeError(`creds have no ${name}`);
  }
  if (typeof creds["registrationId"] !== "number")
    throw new TypeError("creds have no registrationId");
}

function isKey(value: unknown): boolean {
  // 33 bytes: with the version byte, as libsignal itself keeps public keys.
  return value instanceof Uint8Array && (value.length === 32 || value.length === 33);
}
