import type { Connection } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import type { CompanionKeys } from "../world/companion.ts";
import type { proto } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { WireError } from "../wire/errors.ts";

/** A reference in the QR code, and until when the phone may scan it. */
export interface PairingRef {
  readonly text: string;
  readonly expiresAtMs: number;
}

/** A client's request to be linked by code, and what it answers the phone with. */
export interface CodeRequest {
  readonly phoneNumber: string;
  readonly ref: Buffer;
  readonly wrappedEphemeralKey: Buffer;
  /** What the phone shows its user, like `Chrome (Mac OS)`. */
  readonly platformDisplay: string | undefined;
}

/** The client's last word in pairing by code. */
export interface CodeAnswer {
  /** The request, to be answered once the phone has looked at it. */
  readonly request: BinaryNode;
  /** Names the code it belongs to. */
  readonly ref: Buffer;
  readonly keyBundle: Buffer;
  readonly identityKey: Buffer;
}

const REF_COUNT = 6;
const REF_BYTES = 16;
// socket.js: the first QR is shown for a minute, each other one for 20 seconds.
const FIRST_REF_MS = 60_000;
const OTHER_REF_MS = 20_000;

/** A client that has no account yet and shows a QR code, asks for a pairing code, or both. */
export class Registration {
  readonly connection: Connection;
  readonly context: ServerContext;
  readonly noiseKey: Buffer;
  readonly keys: CompanionKeys;
  /** The name the client gives itself (`pushName` in Baileys' configuration). */
  readonly pushName: string | undefined;
  readonly refs: readonly PairingRef[];
  codeRequest: CodeRequest | undefined;

  constructor(parts: {
    readonly connection: Connection;
    readonly context: ServerContext;
    readonly noiseKey: Buffer;
    readonly keys: CompanionKeys;
    readonly pushName: string | undefined;
  }) {
    this.connection = parts.connection;
    this.context = parts.context;
    this.noiseKey = parts.noiseKey;
    this.keys = parts.keys;
    this.pushName = parts.pushName;
    const { clock, random } = parts.context;
    const issuedAtMs = clock.now();
    this.refs = Array.from({ length: REF_COUNT }, (_, index) => ({
      text: `2@${random.for("qr").bytes(REF_BYTES).toString("base64url")}`,
      expiresAtMs: issuedAtMs + FIRST_REF_MS + index * OTHER_REF_MS,
    }));
  }
}

/** The keys in the `devicePairingData` of a registration payload. Throws a `WireError` when one is missing. */
export function readCompanionKeys(
  data: proto.ClientPayload.IDevicePairingRegistrationData,
): CompanionKeys {
  return {
    registrationId: field(data.eRegid, 4).readUInt32BE(),
    identityKey: field(data.eIdent, 32),
    signedPreKey: {
      id: field(data.eSkeyId, 3).readUIntBE(0, 3),
      publicKey: field(data.eSkeyVal, 32),
      signature: field(data.eSkeySig, 64),
    },
  };
}

function field(bytes: Uint8Array | null | undefined, length: number): Buffer {
  if (bytes?.length === length) return Buffer.from(bytes);
  throw new WireError("WIRE_NOISE_FAILED", "The registration payload lacks a key");
}
