import type { AuthBackend, SessionSummary } from "@motte/auth-stores";
import { UsageError } from "@motte/core/errors";
import { didYouMean } from "../did-you-mean.ts";
import { type LoneFolder, loneFolders, opensAlone } from "./lone-folders.ts";
import type { StoreName } from "./store-name.ts";
import { withoutSecrets } from "./store-name.ts";

/** The sessions of a store, by id. */
export async function sessionsOf(backend: AuthBackend): Promise<readonly SessionSummary[]> {
  const sessions: SessionSummary[] = [];
  for await (const session of backend.list()) sessions.push(session);
  return sessions.toSorted((one, other) => (one.sessionId < other.sessionId ? -1 : 1));
}

/** The sessions of a store that open by its name: all but those of folders that are stores by themselves. */
export async function openableSessions(
  backend: AuthBackend,
  alone: readonly LoneFolder[],
): Promise<readonly SessionSummary[]> {
  const leftOut = alone.map(({ sessionId }) => sessionId);
  return (await sessionsOf(backend)).filter(({ sessionId }) => {
    const at = leftOut.indexOf(sessionId);
    if (at === -1) return true;
    leftOut.splice(at, 1);
    return false;
  });
}

/**
 * The session that a command is about: the one named behind `#`, or the only one. Throws a `UsageError` when there is
 * no such session, or more than one to choose from.
 */
export async function oneSession(name: StoreName, backend: AuthBackend): Promise<string> {
  const shown = withoutSecrets(name.text);
  const alone = await loneFolders(name);
  const ids = (await openableSessions(backend, alone)).map(({ sessionId }) => sessionId);
  if (name.sessionId !== undefined) {
    if (ids.includes(name.sessionId)) return name.sessionId;
    const meant = alone.filter(({ folder, sessionId }) =>
      [folder, sessionId].some((word) => word === name.sessionId),
    );
    if (meant.length > 0) throw opensAlone(shown, meant);
    const hint = didYouMean(name.sessionId, ids);
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${shown} has no such session${hint} (motte sessions lists them)`,
    );
  }
  const [only, ...others] = ids;
  if (only === undefined && alone.length > 0) throw opensAlone(shown, alone);
  if (only === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", `${shown} has no sessions`);
  }
  if (others.length === 0) return only;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${shown} has ${ids.length} sessions: name one as ${shown}#${only} (motte sessions lists them)`,
  );
}
