import { randomBytes } from "node:crypto";
import { type AuthStateHandle, useSqliteAuthState } from "@motte/auth-stores";
import { Curve } from "@whiskeysockets/baileys";

export const NUMBER = "5511987654321";

export interface PairedStoreOptions {
  readonly sessionId?: string;
  readonly preKeys?: number;
  readonly mappings?: number;
}

/** Makes a database with a session of a paired account, and gives back its name for `motte`. */
export async function pairedStore(
  file: string,
  { sessionId = "acme", preKeys = 5, mappings = 20 }: PairedStoreOptions = {},
): Promise<string> {
  await using auth = await useSqliteAuthState(file, { sessionId });
  await pair(auth);
  const pairs = Array.from({ length: preKeys }, (_, at) => [at + 1, Curve.generateKeyPair()]);
  await auth.state.keys.set({ "pre-key": Object.fromEntries(pairs) });
  const users = Array.from({ length: mappings }, (_, at) => `${55_000 + at}`);
  await auth.state.keys.set({
    "lid-mapping": Object.fromEntries(
      users.flatMap((user) => [
        [user, `9${user}`],
        [`9${user}_reverse`, user],
      ]),
    ),
    "device-list": { [NUMBER]: ["0", "1"] },
  });
  return `sqlite:${file}`;
}

async function pair(auth: AuthStateHandle): Promise<void> {
  const { creds } = auth.state;
  creds.me = { id: `${NUMBER}:1@s.whatsapp.net`, name: "Ada" };
  creds.account = { details: randomBytes(8) };
  // Stored more than once, so that there are earlier ones.
  for (let counter = 1; counter <= 3; counter++) {
    creds.nextPreKeyId = 1_000 + counter;
    await auth.saveCreds();
  }
}
