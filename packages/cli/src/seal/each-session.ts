import type { AuthBackend } from "@motte/auth-stores";
import { UsageError } from "@motte/core/errors";
import type { CommandContext } from "../command.ts";
import { openStore } from "../stores/open-store.ts";
import { oneSession, sessionsOf } from "../stores/sessions.ts";
import { parseStoreName, withoutSecrets } from "../stores/store-name.ts";
import { wrap } from "../terminal/wrap.ts";

/** What was done to one session. */
export interface Done {
  /** Plain JSON. */
  readonly document: object;
  readonly lines: readonly string[];
}

export interface EachSessionCall {
  readonly store: string;
  /** Every session, and not only the one that is named. */
  readonly all: boolean;
}

/** Does something to one or all sessions of a store, and tells of each. Stops between two when it is interrupted. */
export async function eachSession(
  { store, all }: EachSessionCall,
  { report, signal }: CommandContext,
  work: (backend: AuthBackend, sessionId: string) => Promise<Done>,
): Promise<void> {
  const name = parseStoreName(store);
  if (all && name.sessionId !== undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", "--all takes every session: name none behind #");
  }
  await using backend = await openStore(name, "refuse");
  const ids = all
    ? (await sessionsOf(backend)).map(({ sessionId }) => sessionId)
    : [await oneSession(name, backend)];
  if (ids.length === 0) {
    throw new UsageError("USAGE_INVALID_OPTION", `${withoutSecrets(name.text)} has no sessions`);
  }
  for (const sessionId of ids) {
    signal.throwIfAborted();
    const { document, lines } = await work(backend, sessionId);
    report.show(
      { session: sessionId, location: backend.location, ...document },
      lines.flatMap((line) => wrap(line, "  ")),
    );
  }
}
