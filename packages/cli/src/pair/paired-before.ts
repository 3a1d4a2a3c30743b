import { type AuthBackend, openAuthState } from "@motte/auth-stores";
import type { KeyProvider } from "@motte/auth-stores/encryption";
import { UsageError, hasCode } from "@motte/core/errors";
import { redactJid } from "@motte/core/redact";
import { backUp } from "../stores/back-up.ts";
import { sessionsOf } from "../stores/sessions.ts";
import { type StoreName, withoutSecrets } from "../stores/store-name.ts";

export interface MakeRoomOptions {
  readonly name: StoreName;
  readonly key: KeyProvider | undefined;
  /** Archive an account that is there, and take its place. */
  readonly replace: boolean;
  /** The folder for the archive. */
  readonly backupFolder: string | undefined;
  readonly showNumbers: boolean;
  readonly signal: AbortSignal;
}

/** Where an account can be paired. */
export interface FreeSession {
  readonly sessionId: string;
  /** Where the account is now that was there before. */
  readonly archive: string | undefined;
}

/**
 * Finds the session to pair, and makes sure that no account is in it.
 *
 * Throws a `UsageError` for one that is paired, unless it may be replaced: then it is copied away first.
 */
export async function makeRoom(
  backend: AuthBackend,
  options: MakeRoomOptions,
): Promise<FreeSession> {
  const { name, replace, signal } = options;
  const ids = (await sessionsOf(backend)).map(({ sessionId }) => sessionId);
  const sessionId = sessionToPair(name, ids);
  if (!ids.includes(sessionId)) return { sessionId, archive: undefined };
  const account = await accountIn(backend, sessionId, options);
  if (account === undefined) return { sessionId, archive: undefined };
  if (!replace) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${sessionId} in ${withoutSecrets(name.text)} is paired already, ${account}: log that bot out first if it is ` +
        "still linked, then --replace archives it and pairs anew; or name another session behind #",
    );
  }
  const place = { folder: options.backupFolder, store: name };
  const archive = await backUp(backend, sessionId, place, { signal });
  await backend.delete(sessionId, { isKnownDead: () => false });
  return { sessionId, archive };
}

function sessionToPair({ sessionId, text }: StoreName, ids: readonly string[]): string {
  if (sessionId !== undefined) return sessionId;
  const [only = "default", ...others] = ids;
  if (others.length === 0) return only;
  const shown = withoutSecrets(text);
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${shown} has ${ids.length} sessions: name the one to pair, or a new one, as ${shown}#${only}`,
  );
}

/** What there is to lose, in words; `undefined` when nothing is. */
async function accountIn(
  backend: AuthBackend,
  sessionId: string,
  { key, replace, showNumbers }: MakeRoomOptions,
): Promise<string | undefined> {
  try {
    const encryption = key === undefined ? {} : { encryption: { key } };
    await using auth = await openAuthState({ backend, sessionId, ...encryption });
    const { creds } = auth.state;
    if (creds.account !== undefined) {
      const id = creds.me?.id ?? "of unknown name";
      return `as ${showNumbers ? id : redactJid(id)}`;
    }
    // Asking for a pairing code puts an identity into the creds (Baileys socket.js, requestPairingCode). Where the
    // process died before the account was paired it is still there, and a login with it is refused for ever.
    if (creds.me !== undefined) {
      Reflect.deleteProperty(creds, "me");
      Reflect.deleteProperty(creds, "pairingCode");
      await auth.saveCreds();
    }
    return undefined;
  } catch (error) {
    // Without creds there is nothing to be paired with yet; whoever replaces an account may also replace a broken one.
    if (hasCode(error, "AUTH_STORE_NOT_FOUND")) return undefined;
    if (replace && hasCode(error, "AUTH_STORE_CORRUPT")) return "with creds that cannot be read";
    throw error;
  }
}
