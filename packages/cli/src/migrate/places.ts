import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type ForeignSource,
  type SessionPlace,
  baileysSqlite,
  multiFileFolder,
  wabotjsSqlite,
} from "@motte/auth-stores/migration";
import type { AuthBackend } from "@motte/auth-stores";
import { type KeyProvider, sealed } from "@motte/auth-stores/encryption";
import { UsageError } from "@motte/core/errors";
import { assertThere, openStore } from "../stores/open-store.ts";
import type { OpenStore } from "./dry-run.ts";
import { oneSession, sessionsOf } from "../stores/sessions.ts";
import {
  type ForeignStoreName,
  type StoreName,
  isForeign,
  withoutSecrets,
} from "../stores/store-name.ts";

// What @motte/auth-stores calls its part of a session's folder (its README, "A folder, in turns with Baileys").
const OWN_FOLDER = ".auth-store";

/** What one session is called when neither side says. */
const DEFAULT_SESSION = "default";

/** One account and where it goes. */
export interface Move {
  readonly from: SessionPlace | ForeignSource;
  readonly to: SessionPlace;
  /** For people. */
  readonly name: string;
}

export interface Side {
  readonly name: StoreName;
  readonly keys: KeyProvider | undefined;
}

/** The moves of a migration, and the stores to close after it. */
export interface Moves {
  readonly moves: readonly Move[];
  readonly stores: readonly AuthBackend[];
}

/**
 * Opens both stores and says what goes where. `all`: every session, under its own name. Throws a `UsageError` before
 * the target is made.
 */
export async function movesOf(
  from: Side,
  to: Side,
  { all, open }: { readonly all: boolean; readonly open: OpenStore },
): Promise<Moves> {
  if (isForeign(to.name)) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${to.name.text} is another program's store, which can only be read: migrate to sqlite:, file:, files: or redis:`,
    );
  }
  if (all && (from.name.sessionId !== undefined || to.name.sessionId !== undefined)) {
    throw new UsageError("USAGE_INVALID_OPTION", "--all takes every session: name none behind #");
  }
  if (isForeign(from.name)) return foreignMove(from.name, to, { keys: from.keys, all, open });
  const source = await open(from.name, "refuse", { inOrder: true });
  try {
    const ids = all
      ? (await sessionsOf(source)).map(({ sessionId }) => sessionId)
      : [await oneSession(from.name, source)];
    if (ids.length === 0) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `${withoutSecrets(from.name.text)} has no sessions`,
      );
    }
    const target = await open(to.name, "make", { inOrder: true });
    const readable = withKeys(source, from.keys);
    const writable = withKeys(target, to.keys);
    const moves = ids.map((sessionId) => ({
      from: { backend: readable, sessionId },
      to: { backend: writable, sessionId: to.name.sessionId ?? sessionId },
      name: sessionId,
    }));
    return { moves, stores: [source, target] };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

interface ForeignCall {
  readonly keys: KeyProvider | undefined;
  readonly all: boolean;
  readonly open: OpenStore;
}

async function foreignMove(from: ForeignStoreName, to: Side, call: ForeignCall): Promise<Moves> {
  if (call.all) {
    throw new UsageError("USAGE_INVALID_OPTION", `${from.text} is one session: leave --all out`);
  }
  if (call.keys !== undefined) {
    throw notEncrypted(from, "name the target's key with --to-key-file");
  }
  const source = await foreignSource(from);
  const target = await call.open(to.name, "make");
  const sessionId = to.name.sessionId ?? DEFAULT_SESSION;
  return {
    moves: [
      {
        from: source,
        to: { backend: withKeys(target, to.keys), sessionId },
        name: sessionId,
      },
    ],
    stores: [target],
  };
}

/**
 * Another program's store, as an importer reads it. Throws a `UsageError` for one that is not there, and for a folder that
 * became one of ours: whether its account has moved stands in what Baileys does not read.
 */
export async function foreignSource(name: ForeignStoreName): Promise<ForeignSource> {
  const { kind, place, text } = name;
  await assertThere(name);
  if (kind === "baileys" && existsSync(join(place, OWN_FOLDER))) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${text} has become a folder of Motte: name it file:${place}, which reads what Baileys has written there as well`,
    );
  }
  switch (kind) {
    case "baileys":
      return multiFileFolder(place);
    case "baileys-sqlite":
      return baileysSqlite(place);
    case "wabotjs":
      return wabotjsSqlite(place);
  }
}

/** One account to read, and the store to close after it. */
export interface OpenedSource extends AsyncDisposable {
  readonly from: Move["from"];
  /** The session's name, or that of the other program's store. */
  readonly sessionId: string;
}

/** Opens the one account that a command names, in a store of ours or of another program. */
export async function openSourceOf({ name, keys }: Side): Promise<OpenedSource> {
  if (isForeign(name)) {
    if (keys !== undefined) throw notEncrypted(name);
    const sessionId = name.text;
    return { from: await foreignSource(name), sessionId, [Symbol.asyncDispose]: async () => {} };
  }
  const store = await openStore(name, "refuse");
  try {
    const sessionId = await oneSession(name, store);
    return {
      from: { backend: withKeys(store, keys), sessionId },
      sessionId,
      [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose](),
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Where an account without a name goes: the session behind `#`, else `default`. */
export function targetOf({ name, keys }: Side, store: AuthBackend): SessionPlace {
  return { backend: withKeys(store, keys), sessionId: name.sessionId ?? DEFAULT_SESSION };
}

function notEncrypted({ text }: ForeignStoreName, instead = ""): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `${text} is another program's store, which is not encrypted: ${instead === "" ? "leave the key out" : instead}`,
  );
}

function withKeys(backend: AuthBackend, keys: KeyProvider | undefined): AuthBackend {
  return keys === undefined ? backend : sealed(backend, { keys });
}
