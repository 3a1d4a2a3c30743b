import { type AuthBackend, type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { hasCode } from "@motte/core/errors";
import { availableSqliteDrivers } from "@motte/core/sqlite";
import { addTransactionCapability, getNextPreKeys } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { getAny } from "../support/keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Somewhere to keep accounts in; every call of `open` opens a backend on the same records. */
export interface Place extends AsyncDisposable {
  readonly open: () => Promise<AuthBackend>;
}

export async function memoryPlace(): Promise<Place> {
  const place = new MemoryPlace();
  return { open: async () => memoryBackend({ place }), [Symbol.asyncDispose]: async () => {} };
}

async function sqlitePlace(driver?: "node:sqlite" | "better-sqlite3"): Promise<Place> {
  const folder = await temporaryFolder();
  return {
    open: () =>
      sqliteBackend(folder.file("auth.db"), {
        durability: "process",
        ...(driver !== undefined && { driver }),
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function filePlace(): Promise<Place> {
  const folder = await temporaryFolder();
  return {
    open: () => fileBackend(folder.file("auth"), { durability: "process", sessions: "many" }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function sealedPlace(): Promise<Place> {
  const place = new MemoryPlace();
  const keys = secretKey(Buffer.alloc(32, 7));
  return {
    open: async () => sealed(memoryBackend({ place }), { keys }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Every kind of place there is here, by name. */
export const places: Readonly<Record<string, () => Promise<Place>>> = {
  memory: memoryPlace,
  sealed: sealedPlace,
  file: filePlace,
  ...Object.fromEntries(
    (await availableSqliteDrivers()).map((driver) => [driver, () => sqlitePlace(driver)]),
  ),
};

export function placeOf(kind: string): Promise<Place> {
  const create = places[kind];
  if (create === undefined) throw new Error(`no place called ${kind}`);
  return create();
}

export function openAccount(
  backend: AuthBackend,
  options: { readonly ignoreMigration?: boolean; readonly sessionId?: string } = {},
): Promise<AuthStateHandle> {
  return openAuthState({ sessionId: "a", ...options, backend });
}

/** Creates the account `"a"` with real creds and `preKeys` real pre-keys, and fills it with `fill`. */
export async function createAccount(
  backend: AuthBackend,
  fill: (handle: AuthStateHandle) => Promise<void> = async () => {},
): Promise<void> {
  await using handle = await openAuthState({ backend, sessionId: "a", create: "if-missing" });
  await fill(handle);
  await handle.saveCreds();
}

/** Makes real pre-keys as Baileys does before it uploads them. */
export async function mintPreKeys({ state }: AuthStateHandle, count: number): Promise<void> {
  const { creds } = state;
  const keys = addTransactionCapability(state.keys, silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  const { update } = await keys.transaction(() => getNextPreKeys({ creds, keys }, count), "keys");
  Object.assign(creds, update);
}

/** A pair of LID mappings for each of `count` contacts. */
export function manyMappings(count: number, first = 1000): Record<string, string> {
  const mappings: Record<string, string> = {};
  for (let user = first; user < first + count; user++) {
    mappings[`${user}`] = `9${user}`;
    mappings[`9${user}_reverse`] = `${user}`;
  }
  return mappings;
}

/** Everything of the account that `ids` name, as a bot reads it. */
export async function contentOf(
  handle: AuthStateHandle,
  ids: Readonly<Record<string, readonly string[]>>,
): Promise<unknown> {
  const records: [string, string, unknown][] = [];
  for (const [type, wanted] of Object.entries(ids)) {
    for (const id of wanted) records.push([type, id, await getAny(handle, type, id)]);
  }
  return { creds: handle.state.creds, records };
}

/** Whether the account opens, or why it does not. */
export async function outcomeOfOpening(backend: AuthBackend): Promise<string> {
  try {
    await (await openAccount(backend)).close();
    return "opens";
  } catch (error) {
    const code = ["AUTH_STORE_MIGRATED", "AUTH_STORE_IMPORTING", "AUTH_STORE_NOT_FOUND"].find(
      (known) => hasCode(error, known),
    );
    if (code === undefined) throw error;
    return code;
  }
}
