// A database of accounts as large as those of bots that have run for years.
import { generateKeyPairSync } from "node:crypto";
import { openAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import type { KeyPair } from "@whiskeysockets/baileys";
import * as payloads from "../auth-stores/payloads.ts";

const BATCH = 1_000;

/** What share of an account's records each family has. */
const FAMILIES: readonly {
  readonly type: string;
  readonly share: number;
  readonly value: () => unknown;
}[] = [
  { type: "pre-key", share: 0.08, value: keyPair },
  { type: "session", share: 0.3, value: payloads.session },
  { type: "lid-mapping", share: 0.4, value: payloads.lid },
  { type: "device-list", share: 0.16, value: payloads.deviceList },
  { type: "sender-key", share: 0.03, value: senderKeyRecord },
  { type: "sender-key-memory", share: 0.03, value: () => payloads.senderKeyMemory(20) },
];

/** Fills a new database with `sessions` accounts of `records` records each. */
export async function makeFleet(file: string, sessions: number, records: number): Promise<void> {
  await using backend = await sqliteBackend(file, { durability: "process" });
  const families = FAMILIES.map(({ type, share, value }) => ({
    type,
    // The same values for every account: what is measured is how they are moved.
    values: Array.from({ length: Math.round(records * share) }, value),
  }));
  for (let session = 0; session < sessions; session++) {
    await using auth = await openAuthState({
      backend,
      sessionId: `account-${session}`,
      create: "if-missing",
    });
    for (const { type, values } of families) {
      for (let from = 0; from < values.length; from += BATCH) {
        const part = values.slice(from, from + BATCH);
        const ids = part.map((value, at) => [String(from + at + 1), value]);
        await auth.state.keys.set({ [type]: Object.fromEntries(ids) });
      }
    }
    auth.state.creds.nextPreKeyId = records;
    await auth.saveCreds();
  }
}

const raw = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");

function keyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  return {
    public: raw(publicKey.export({ format: "jwk" }).x),
    private: raw(privateKey.export({ format: "jwk" }).d),
  };
}

function senderKeyRecord(): Uint8Array {
  const key = payloads.lid();
  return Buffer.from(
    JSON.stringify([
      {
        senderKeyId: 7,
        senderChainKey: { iteration: 3, seed: key },
        senderSigningKey: { public: key, private: key },
        senderMessageKeys: [],
      },
    ]),
  );
}
