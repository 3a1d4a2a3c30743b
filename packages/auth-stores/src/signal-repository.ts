import type { SignalAuthState, SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import type { MakeSignalRepository } from "./peer-library.ts";

/**
 * Makes every Signal transaction of one account wait for the one before it.
 *
 * Baileys locks a send on the account's id (messages-send.js relayMessage) and a receive on the contact's
 * (libsignal.js decryptMessage), yet both read, change and write the same session record, so a send that
 * overlaps a receive loses one of the two ratchet steps and the next message cannot be decrypted. Here both lock
 * on the account's id. The price: a receive waits for a send that waits for the network.
 */
export function serializedSignalRepository(
  make: MakeSignalRepository,
  accountId: () => string | undefined,
): MakeSignalRepository {
  return (auth, logger, pnToLid) => make(serialized(auth, accountId), logger, pnToLid);
}

function serialized(auth: SignalAuthState, accountId: () => string | undefined): SignalAuthState {
  const { creds, keys } = auth;
  if (!hasTransactions(keys)) return auth;
  const transaction = <T>(work: () => Promise<T>): Promise<T> =>
    keys.transaction(work, accountId() ?? "me");
  return { creds, keys: { ...keys, transaction } };
}

function hasTransactions(keys: SignalAuthState["keys"]): keys is SignalKeyStoreWithTransaction {
  return "transaction" in keys;
}
