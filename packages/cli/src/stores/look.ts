import { mkdtemp, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AuthBackend, describeOwner, isOwnerKnownDead } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import type { OptionValues } from "../command.ts";
import { keyOption } from "./key-options.ts";
import { inMemory } from "./memory-copy.ts";
import { oneSession, sessionsOf } from "./sessions.ts";
import { type StoreName, assertOwn, hasPath, parseStoreName } from "./store-name.ts";
import { type CopiedPart, openUntouched, untouchedFolder } from "./untouched.ts";

/**
 * Opens a store to look at it, beside a bot that may be running on it: no lease is taken and nothing is written there. What is
 * read of a session is how it stood at one moment.
 *
 * Throws `AUTH_STORE_IN_USE`, then or when a session is opened, where a bot writes too fast for that.
 */
export async function openToLook(
  name: StoreName,
  cleanup: CleanupStack,
  part: CopiedPart = "all",
): Promise<AuthBackend> {
  assertOwn(name);
  // Whoever only looks loses nothing on a server that may.
  const options = { part, unsafeServer: "warn" } as const;
  if (!hasPath(name)) {
    // A server has no copy to be made of it at one moment, so each session is read into memory when it is opened.
    return inMemory(cleanup.use(await openUntouched(name, "", options)), cleanup);
  }
  const folder = await mkdtemp(join(await untouchedFolder(name, cleanup, "look"), "of-"));
  const copy = cleanup.use(await openUntouched(name, folder, options));
  return evenIfOpen(copy, { folder, shown: dirname(await realpath(name.place)) });
}

/** Opens a store to list its sessions and read their marks, and none of their records. */
export async function openToList(name: StoreName, cleanup: CleanupStack): Promise<AuthBackend> {
  if (hasPath(name)) return openToLook(name, cleanup, "standing");
  return evenIfOpen(cleanup.use(await openUntouched(name, "", { unsafeServer: "warn" })));
}

/** The one session that a command is to look at. Dispose it to close the store. */
export interface LookedAtSession extends AsyncDisposable {
  readonly backend: AuthBackend;
  readonly sessionId: string;
  /** The process that has it open all the while, as `pid@host`. */
  readonly openIn: string | null;
}

/** Opens the store that a command names to look at one session, with the key its options name. */
export async function lookAtSession(text: string, values: OptionValues): Promise<LookedAtSession> {
  const name = parseStoreName(text);
  const keys = await keyOption(values, "");
  const cleanup = new CleanupStack();
  try {
    // One of many folders has to be known before all are copied.
    const listed = await openToLook(name, cleanup, name.kind === "files" ? "standing" : "all");
    const sessionId = await oneSession(name, listed);
    const found = (await sessionsOf(listed)).find((one) => one.sessionId === sessionId);
    const plain =
      name.kind === "files" ? await openToLook({ ...name, sessionId }, cleanup) : listed;
    const { sealed } = await import("@motte/auth-stores/encryption");
    const backend = keys === undefined ? plain : sealed(plain, { keys });
    const openIn = openInOf(found?.owner ?? null);
    return { backend, sessionId, openIn, [Symbol.asyncDispose]: () => cleanup.dispose() };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

/** Who has a session open, by what is recorded of its owner. */
export function openInOf(owner: string | null): string | null {
  return owner === null || isOwnerKnownDead(owner) ? null : describeOwner(owner);
}

/** That somebody has a session open, for people. */
export function openElsewhere(openIn: string): string {
  return `open in ${openIn}, which goes on; this is how it stood at one moment`;
}

/** A copy of a store, or one that is only read, in which the lease of the bot that runs on the store binds nobody. */
export function evenIfOpen(
  copy: AuthBackend,
  place?: { readonly folder: string; readonly shown: string },
): AuthBackend {
  const open: AuthBackend["open"] = async (sessionId, options) => {
    try {
      return await copy.open(sessionId, { ...options, create: false, isKnownDead: () => true });
    } catch (error) {
      // Whoever reads it looks for the file in the store.
      if (error instanceof Error && place !== undefined) {
        error.message = error.message.replaceAll(place.folder, () => place.shown);
      }
      throw error;
    }
  };
  return new Proxy(copy, {
    get(of, name) {
      if (name === "open") return open;
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== "function") return member;
      const bound: unknown = member.bind(of);
      return bound;
    },
  });
}
