import type { AuthStateHandle } from "@motte/auth-stores";
import { Curve, INITIAL_PREKEY_COUNT, type KeyPair } from "@whiskeysockets/baileys";

let ready: Readonly<Record<string, KeyPair>> | undefined;

/**
 * Gives a login that is to be linked its pre-keys, which it uploads as it would its own. To make them anew takes a third
 * of the time that a test takes, and one device's are as good as another's.
 */
export async function giveReadyPreKeys({ state }: Pick<AuthStateHandle, "state">): Promise<void> {
  const { creds, keys } = state;
  if (creds.nextPreKeyId > 1) return;
  ready ??= Object.fromEntries(
    Array.from({ length: INITIAL_PREKEY_COUNT }, (_, at) => [
      String(at + 1),
      Curve.generateKeyPair(),
    ]),
  );
  await keys.set({ "pre-key": ready });
  creds.nextPreKeyId = INITIAL_PREKEY_COUNT + 1;
}
