import type { AuthenticationCreds, KeyPair } from "@whiskeysockets/baileys";
import { isObject } from "../codec/bytes.ts";
import { isKeyPair, isSignedBy } from "./key-checks.ts";

export type FindingCode =
  /** A public key of the creds is not the one of its private key. */
  | "creds-key-pair"
  /** The signed pre-key is not signed by the identity key. */
  | "signed-pre-key-signature"
  /** The registration id is larger than the 14 bits the protocol has for it. */
  | "registration-id"
  /** The next pre-key would take an id that is used already. */
  | "next-pre-key-id"
  /** A pre-key's public key is not the one of its private key. */
  | "pre-key-pair"
  /** A LID mapping and its reverse do not say the same. */
  | "lid-mapping"
  /** The app-state key that the creds name is not there. */
  | "app-state-key-missing"
  /** An app-state key is not 32 bytes long. */
  | "app-state-key-length"
  /** An app-state hash is not 128 bytes long. */
  | "app-state-hash-length"
  /** A Signal session has more than one open state. */
  | "open-sessions";

/** Something that parses and still cannot be right. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: no connection or no message can come of it. `warning`: Signal or Baileys repairs it, at some cost. */
  readonly severity: "error" | "warning";
  /** How many records it concerns. */
  readonly count: number;
}

const ERRORS: ReadonlySet<FindingCode> = new Set([
  "creds-key-pair",
  "signed-pre-key-signature",
  "registration-id",
]);

const OPEN_STATE = Buffer.from('"closed":-1');

/**
 * Whether the checks have to see what a record means, of which `json` is the text without escapes: all the others are
 * sound if they are JSON.
 */
export function isLookedInto(type: string, json: Uint8Array): boolean {
  switch (type) {
    case "session": {
      const text = Buffer.from(json.buffer, json.byteOffset, json.length);
      const first = text.indexOf(OPEN_STATE);
      return first !== -1 && text.includes(OPEN_STATE, first + 1);
    }
    case "pre-key":
    case "lid-mapping":
    case "app-state-sync-key":
    case "app-state-sync-version":
      return true;
    default:
      return false;
  }
}

/** Checks what an account's parts must be to each other, as they go by. */
export class AccountChecks {
  readonly #counts = new Map<FindingCode, number>();
  readonly #mappings = new Map<string, string>();
  readonly #appStateKeys = new Set<string>();
  #highestPreKey = 0;

  record(type: string, id: string, value: unknown): void {
    switch (type) {
      case "pre-key":
        this.#highestPreKey = Math.max(this.#highestPreKey, Number(id) || 0);
        if (!holdsKeyPair(value)) this.#count("pre-key-pair");
        return;
      case "lid-mapping":
        if (typeof value === "string") this.#mappings.set(id, value);
        return;
      case "app-state-sync-key":
        this.#appStateKeys.add(id);
        if (bytesAt(value, "keyData")?.length !== 32) this.#count("app-state-key-length");
        return;
      case "app-state-sync-version":
        if (bytesAt(value, "hash")?.length !== 128) this.#count("app-state-hash-length");
        return;
      case "session":
        if (openStates(value) > 1) this.#count("open-sessions");
    }
  }

  /** What was found, given the creds that belong to the records. */
  findings(creds: AuthenticationCreds): readonly Finding[] {
    this.#checkCreds(creds);
    this.#checkMappings();
    return [...this.#counts].map(([code, count]) => ({
      code,
      severity: ERRORS.has(code) ? "error" : "warning",
      count,
    }));
  }

  #checkCreds(creds: AuthenticationCreds): void {
    const { signedIdentityKey, signedPreKey, noiseKey, pairingEphemeralKeyPair } = creds;
    const pairs: readonly (KeyPair | undefined)[] = [
      noiseKey,
      signedIdentityKey,
      signedPreKey.keyPair,
      // Creds from before pairing codes have none.
      pairingEphemeralKeyPair,
    ];
    for (const pair of pairs) {
      if (pair !== undefined && !holdsKeyPair(pair)) this.#count("creds-key-pair");
    }
    const preKey = signedPreKey.keyPair.public;
    const signed = preKey.length === 33 ? preKey : Buffer.concat([Buffer.of(5), preKey]);
    const signature = bytesAt(signedPreKey, "signature") ?? Buffer.alloc(0);
    if (!isSignedBy(signedIdentityKey.public, signed, signature)) {
      this.#count("signed-pre-key-signature");
    }
    if (!(creds.registrationId >= 0 && creds.registrationId <= 16_383))
      this.#count("registration-id");
    if (this.#highestPreKey > 0 && !(creds.nextPreKeyId > this.#highestPreKey)) {
      this.#count("next-pre-key-id");
    }
    const { myAppStateKeyId } = creds;
    if (myAppStateKeyId && !this.#appStateKeys.has(myAppStateKeyId)) {
      this.#count("app-state-key-missing");
    }
  }

  #checkMappings(): void {
    for (const [id, value] of this.#mappings) {
      const other = id.endsWith("_reverse") ? value : `${value}_reverse`;
      const wanted = id.endsWith("_reverse") ? id.slice(0, -"_reverse".length) : id;
      if (this.#mappings.get(other) !== wanted) this.#count("lid-mapping");
    }
  }

  #count(code: FindingCode): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }
}

function holdsKeyPair(value: unknown): boolean {
  const [publicKey, privateKey] = [bytesAt(value, "public"), bytesAt(value, "private")];
  return publicKey !== undefined && privateKey !== undefined && isKeyPair(publicKey, privateKey);
}

function bytesAt(value: unknown, place: string): Uint8Array | undefined {
  const found = isObject(value) ? value[place] : undefined;
  return found instanceof Uint8Array ? found : undefined;
}

// libsignal session_record.js: an open state has indexInfo.closed === -1.
function openStates(value: unknown): number {
  if (!isObject(value) || !isObject(value["_sessions"])) return 0;
  return Object.values(value["_sessions"]).filter(
    (state) =>
      isObject(state) && isObject(state["indexInfo"]) && state["indexInfo"]["closed"] === -1,
  ).length;
}
