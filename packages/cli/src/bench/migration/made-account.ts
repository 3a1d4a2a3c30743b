import { generateKeyPairSync } from "node:crypto";
import { type AuthBackend, openAuthState } from "@motte/auth-stores";
import { type Random, seededRandom } from "@motte/core/random";

const BATCH = 1_000;

const random: Random = seededRandom("motte bench migration");
const POOL = random.bytes(100_000).toString("base64");

/** What share of an account's records each family has, where a bot has run for long, and one value of each. */
const FAMILIES: readonly {
  readonly type: string;
  readonly share: number;
  readonly value: () => unknown;
}[] = [
  { type: "lid-mapping", share: 0.4, value: lid },
  { type: "session", share: 0.3, value: session },
  { type: "device-list", share: 0.16, value: () => ["0", "7", text(2)] },
  { type: "pre-key", share: 0.08, value: keyPair },
  { type: "sender-key", share: 0.03, value: senderKey },
  { type: "sender-key-memory", share: 0.03, value: senderKeyMemory },
];

/** Makes a session of about `records` records in the shapes and sizes that Baileys stores. */
export async function makeAccount(
  backend: AuthBackend,
  sessionId: string,
  records: number,
  signal: AbortSignal,
): Promise<void> {
  await using auth = await openAuthState({ backend, sessionId, create: "if-missing" });
  for (const { type, share, value } of FAMILIES) {
    const count = Math.round(records * share);
    for (let from = 0; from < count; from += BATCH) {
      signal.throwIfAborted();
      const ids = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => from + at + 1);
      await auth.state.keys.set({ [type]: Object.fromEntries(ids.map((id) => [id, value()])) });
    }
  }
  // Beyond the ids of all pre-keys, as Baileys has it.
  auth.state.creds.nextPreKeyId = records + 1;
  await auth.saveCreds();
}

function text(length: number): string {
  const start = Math.floor(random.next() * (POOL.length - length));
  return POOL.slice(start, start + length);
}

function lid(): string {
  return String(100_000_000_000_000 + Math.floor(random.next() * 800_000_000_000_000));
}

/** A libsignal session of a kilobyte or so, one in a hundred much larger. */
function session(): object {
  const size = random.next() < 0.99 ? 900 + random.next() * 1_500 : 40_000;
  const chains = Array.from({ length: Math.ceil(size / 150) }, () => [
    text(44),
    { chainKey: { counter: 3, key: text(44) }, chainType: 2, messageKeys: {} },
  ]);
  const state = { registrationId: 7, _chains: Object.fromEntries(chains) };
  return { _sessions: { [text(44)]: state }, version: "v1" };
}

const bytes = (part: string | undefined): Buffer => Buffer.from(part ?? "", "base64url");

function keyPair(): object {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return {
    public: bytes(publicKey.export({ format: "jwk" }).x),
    private: bytes(privateKey.export({ format: "jwk" }).d),
  };
}

function senderKey(): Uint8Array {
  const state = {
    senderKeyId: 7,
    senderChainKey: { iteration: 3, seed: text(44) },
    senderSigningKey: { public: text(44), private: text(88) },
    senderMessageKeys: [],
  };
  return Buffer.from(JSON.stringify([state]));
}

function senderKeyMemory(): object {
  return Object.fromEntries(Array.from({ length: 20 }, () => [`${lid()}:1@lid`, true]));
}
