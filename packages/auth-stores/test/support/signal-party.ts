import type { AuthStateHandle, MakeSignalRepository } from "@motte/auth-stores";
import { silentLogger } from "@motte/core/logger";
import {
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  addTransactionCapability,
  generateSignalPubKey,
  getNextPreKeys,
} from "@whiskeysockets/baileys";

/** One end of a conversation: Baileys' own Signal code on an auth state, wired as `makeWASocket` does. */
export interface SignalParty extends Disposable {
  readonly jid: string;
  readonly lid: string;
  readonly keys: SignalKeyStoreWithTransaction;
  readonly repository: SignalRepositoryWithLIDStore;
  readonly handle: AuthStateHandle;
}

const transactionOptions = { maxCommitRetries: 2, delayBetweenTriesMs: 5 };

export function signalParty(
  handle: AuthStateHandle,
  user: string,
  make: MakeSignalRepository = handle.makeSignalRepository,
): SignalParty {
  const { creds } = handle.state;
  const [jid, lid] = [`${user}@s.whatsapp.net`, `${user}0@lid`];
  creds.me = { id: jid, lid };
  const keys = addTransactionCapability(handle.state.keys, silentLogger, transactionOptions);
  const repository = make({ creds, keys }, silentLogger, async () => []);
  return { jid, lid, keys, repository, handle, [Symbol.dispose]: () => repository.close?.() };
}

/** Gives `from` a session with `to`, made of the next of its pre-keys. */
export async function startSession(from: SignalParty, to: SignalParty): Promise<void> {
  const { creds } = to.handle.state;
  const { update, preKeys } = await to.keys.transaction(
    () => getNextPreKeys({ creds, keys: to.keys }, 1),
    "keys",
  );
  Object.assign(creds, update);
  const [[keyId, preKey] = []] = Object.entries(preKeys);
  if (preKey === undefined) throw new Error("Baileys made no pre-key");
  await from.repository.injectE2ESession({
    jid: to.lid,
    session: {
      registrationId: creds.registrationId,
      identityKey: generateSignalPubKey(creds.signedIdentityKey.public),
      signedPreKey: {
        keyId: creds.signedPreKey.keyId,
        publicKey: generateSignalPubKey(creds.signedPreKey.keyPair.public),
        signature: creds.signedPreKey.signature,
      },
      preKey: { keyId: Number(keyId), publicKey: generateSignalPubKey(preKey.public) },
    },
  });
}

export interface SealedMessage {
  readonly type: "pkmsg" | "msg";
  readonly ciphertext: Uint8Array;
}

export function encrypt(from: SignalParty, to: SignalParty, text: string): Promise<SealedMessage> {
  return from.repository.encryptMessage({ jid: to.lid, data: Buffer.from(text) });
}

export async function decrypt(
  to: SignalParty,
  from: SignalParty,
  sealed: SealedMessage,
): Promise<string> {
  const plain = await to.repository.decryptMessage({ jid: from.lid, ...sealed });
  return Buffer.from(plain).toString();
}

/** Sends a text and gives back what arrived. */
export async function say(from: SignalParty, to: SignalParty, text: string): Promise<string> {
  return decrypt(to, from, await encrypt(from, to, text));
}
