import type { AuthBackend, SessionSummary } from "@motte/auth-stores";
import { UsageError } from "@motte/core/errors";
import { didYouMean } from "../did-you-mean.ts";
import type { StoreName } from "./store-name.ts";
import { withoutSecrets } from "./store-name.ts";

/** The sessions of a store, by id. */
export async function sessionsOf(backend: AuthBackend): Promise<readonly SessionSummary[]> {
  const sessions: SessionSummary[] = [];
  for await (const session of backend.list()) sessions.push(session);
  return sessions.toSorted((one, other) => (one.sessionId < other.sessionId ? -1 : 1));
}

/**
 * The session that a command is about: the one named behind `#`, or the only one. Throws a `UsageError` when there is
 * no such session, or more than one to choose from.
 */
export async function oneSession(name: StoreName, backend: AuthBackend): Promise<string> {
  const ids = (await sessionsOf(backend)).map(({ sessionId }) => sessionId);
  const shown = withoutSecrets(name.text);
  if (name.sessionId !== undefined) {
    if (ids.includes(name.sessionId)) return name.sessionId;
    const hint = didYouMean(name.sessionId, ids);
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${shown} has no such session${hint} (motte sessions lists them)`,
    );
  }
  const [only, ...others] = ids;
  if (only === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", `${shown} has no sessions`);
  }
  if (others.length === 0) return only;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${shown} has ${ids.length} sessions: name one as ${shown}#${only} (motte sessions lists them)`,
  );
}
