import { randomBytes } from "node:crypto";
import { type AuthBackend, type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { inTransaction, openSqlite } from "@motte/core/sqlite";
import { Curve, type SignalDataTypeMap } from "@whiskeysockets/baileys";

export const NUMBER = "5511987654321";
export const GROUP = "120363000000000001@g.us";
/** The id of the account's own sender key in that group. */
export const SENDER_KEY = `${GROUP}::77001_1::1`;

/** Makes an account that is paired and sound. */
export async function soundAccount(
  auth: Pick<AuthStateHandle, "state" | "saveCreds">,
): Promise<void> {
  const { creds, keys } = auth.state;
  creds.me = { id: `${NUMBER}:1@s.whatsapp.net`, lid: "77001:1@lid", name: "Ada" };
  creds.account = { details: randomBytes(8) };
  creds.nextPreKeyId = 4;
  await auth.saveCreds();
  await keys.set({
    "pre-key": {
      1: Curve.generateKeyPair(),
      2: Curve.generateKeyPair(),
      3: Curve.generateKeyPair(),
    },
    "lid-mapping": { "15550001": "99001", "99001_reverse": "15550001" },
    "sender-key": { [SENDER_KEY]: Buffer.from("[]") },
    "sender-key-memory": { [GROUP]: { "15550001:0@s.whatsapp.net": true } },
  });
}

/** Makes the account of a database wrong in every way that its records can be. */
export async function makeSick(file: string, sessionId: string): Promise<void> {
  {
    await using backend = await sqliteBackend(file);
    await storeSickness(backend, sessionId);
  }
  await corrupt(file, "sender-key", SENDER_KEY);
}

/** Makes an account wrong in every way in which a record that can be read can be. */
export async function storeSickness(backend: AuthBackend, sessionId: string): Promise<void> {
  await using auth = await openAuthState({ backend, sessionId });
  const { creds, keys } = auth.state;
  const stray = Curve.generateKeyPair();
  // The halves of two pairs.
  const mixed = { public: stray.public, private: Curve.generateKeyPair().private };
  Object.assign(creds, {
    noiseKey: mixed,
    registrationId: 70_000,
    nextPreKeyId: 2,
    myAppStateKeyId: "AAAAAA==",
    signedPreKey: { ...creds.signedPreKey, signature: randomBytes(64) },
  });
  await auth.saveCreds();
  const open = { indexInfo: { closed: -1 } };
  const records = {
    "pre-key": { 2: mixed },
    "lid-mapping": { "15550002": "99002" },
    "app-state-sync-key": { "BBBBBB==": { keyData: randomBytes(16) } },
    "app-state-sync-version": {
      regular: { version: 1, hash: Buffer.alloc(12), indexValueMap: {} },
    },
    "sender-key-memory": { "120363000000000002@g.us": { "15550001:0@s.whatsapp.net": true } },
  };
  await keys.set(records);
  // What Baileys calls bytes is a plain object here (libsignal.js, storeSession).
  const sessions: unknown = { "15550003.0": { _sessions: { a: open, b: open }, version: "v1" } };
  await keys.set({ session: sessions as Record<string, SignalDataTypeMap["session"]> });
}

/** Damages one stored record, as a failing disk does. */
export async function corrupt(file: string, type: string, id: string): Promise<void> {
  const database = await openSqlite(file);
  try {
    inTransaction(database, () =>
      database
        .prepare("UPDATE kv SET v = ? WHERE type = ? AND id = ?")
        .run(Buffer.from("{ torn"), type, id),
    );
  } finally {
    database.close();
  }
}

/** Everything a database holds about its sessions but when and by whom it was opened. */
export async function contentOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  const database = await openSqlite(file);
  try {
    const rows = (sql: string): unknown => JSON.parse(JSON.stringify(database.prepare(sql).all()));
    return {
      creds: rows("SELECT sid, hex(v) AS v FROM creds"),
      records: rows("SELECT sid, type, id, hex(v) AS v FROM kv ORDER BY sid, type, id"),
    };
  } finally {
    database.close();
  }
}
