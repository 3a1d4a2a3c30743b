import { generateKeyPairSync } from "node:crypto";
import { type AuthBackend, openAuthState } from "@motte/auth-stores";
import { type Random, seededRandom } from "@motte/core/random";

const BATCH = 1_000;

const random: Random = seededRandom("motte bench migration");
const POOL = random.bytes(100_000).toString("base64");

type Entry = readonly [id: string, value: unknown];

interface Family {
  readonly type: string;
  /** Entries for each record of an account. */
  readonly share: number;
  /** The records of one entry. */
  readonly entry: (number: number) => readonly Entry[];
}

/** What an account holds where a bot has run for long. */
const FAMILIES: readonly Family[] = [
  { type: "lid-mapping", share: 0.2, entry: mapping },
  family("session", 0.3, session),
  family("device-list", 0.16, () => ["0", "7", text(2)]),
  family("pre-key", 0.08, keyPair),
  family("sender-key", 0.03, senderKey),
  family("sender-key-memory", 0.03, senderKeyMemory),
];

/** Makes a session of about `records` records in the shapes and sizes that Baileys stores. */
export async function makeAccount(
  backend: AuthBackend,
  sessionId: string,
  records: number,
  signal: AbortSignal,
): Promise<void> {
  await using auth = await openAuthState({ backend, sessionId, create: "if-missing" });
  for (const { type, share, entry } of FAMILIES) {
    const count = Math.round(records * share);
    for (let from = 1; from <= count; from += BATCH) {
      signal.throwIfAborted();
      const numbers = Array.from(
        { length: Math.min(BATCH, count - from + 1) },
        (_, at) => from + at,
      );
      await auth.state.keys.set({ [type]: Object.fromEntries(numbers.flatMap(entry)) });
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

function family(type: string, share: number, value: () => unknown): Family {
  return { type, share, entry: (number) => [[String(number), value()]] };
}

/** Both ways, as Baileys stores one. */
function mapping(number: number): readonly Entry[] {
  const [user, other] = [String(15_550_000_000 + number), lid()];
  return [
    [user, other],
    [`${other}_reverse`, user],
  ];
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
