import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import type { BackendSession } from "./backend.ts";
import type { BaileysModule } from "./peer-library.ts";
import { decodeCreds } from "./codec/creds-codec.ts";
import { AuthStoreError } from "./errors.ts";
import { withRetries } from "./retry.ts";

export interface OpenCredsOptions {
  readonly session: BackendSession;
  readonly sessionId: string;
  readonly create: boolean;
  readonly recoverCreds: boolean;
  readonly baileys: BaileysModule;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenedCreds {
  readonly creds: AuthenticationCreds;
  /** The bytes the backend has for them; `null` when they have yet to be stored. */
  readonly durable: Uint8Array | null;
}

/** The session's creds: as stored, an earlier generation if asked for, or new ones for a session without any. */
export async function openCreds(options: OpenCredsOptions): Promise<OpenedCreds> {
  const { session, sessionId, create, baileys, clock } = options;
  const durable = await withRetries(clock, () => session.readCreds());
  if (durable === null) {
    if (!create) throw missingSession(sessionId);
    return { creds: baileys.initAuthCreds(), durable };
  }
  try {
    return { creds: decodeCreds(durable), durable };
  } catch (error) {
    return { creds: await earlierCreds(options, error), durable: null };
  }
}

export function missingSession(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_NOT_FOUND",
    'There is no such session: check its name and place, or open it with { create: "if-missing" } to pair a new one',
    { sessionId },
  );
}

async function earlierCreds(
  options: OpenCredsOptions,
  cause: unknown,
): Promise<AuthenticationCreds> {
  const { session, sessionId, recoverCreds, clock, logger } = options;
  const generations = await withRetries(clock, () => session.readCredsHistory());
  if (!recoverCreds) {
    throw corruptCreds(sessionId, cause, generations.length, session.credsGenerationsAt);
  }
  for (const { revision, creds: bytes } of generations) {
    const creds = tryDecode(bytes);
    if (creds === undefined) continue;
    await skipUsedPreKeys(session, creds);
    logger.warn({ revision }, "going on from an earlier generation of the creds");
    return creds;
  }
  throw corruptCreds(sessionId, cause, 0);
}

function tryDecode(bytes: Uint8Array): AuthenticationCreds | undefined {
  try {
    return decodeCreds(bytes);
  } catch {
    // Decoding does no I/O, so whatever it throws means that these bytes are not creds; the next are tried.
    return undefined;
  }
}

// Older creds count fewer pre-keys than were made; minting an id again with another key breaks every contact who
// was handed the first one.
async function skipUsedPreKeys(session: BackendSession, creds: AuthenticationCreds): Promise<void> {
  let highest = 0;
  for await (const id of session.ids("pre-key")) {
    // An encrypted store lists a record that does not open under an id that is no number.
    if (Number.isSafeInteger(Number(id))) highest = Math.max(highest, Number(id));
  }
  creds.nextPreKeyId = Math.max(creds.nextPreKeyId, highest + 1);
}

function corruptCreds(
  sessionId: string,
  cause: unknown,
  generations: number,
  place?: string,
): AuthStoreError {
  const wayOut =
    generations === 0
      ? "No readable earlier generation is kept: restore a backup, or delete the session and pair again"
      : `${generations} earlier generations are kept${place === undefined ? "" : ` in ${place}`}: open once with { recoverCreds: true } to go on from the newest readable one`;
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    `The stored creds cannot be read and were left as they are. ${wayOut}`,
    { cause, sessionId },
  );
}
