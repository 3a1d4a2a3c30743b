import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import type { Report } from "../report.ts";
import { openToList } from "./look.ts";
import { type ListedSession, sessionDocuments, sessionLines } from "./session-lines.ts";
import { standingOf } from "./session-standing.ts";
import { sessionsOf } from "./sessions.ts";
import { parseStoreName } from "./store-name.ts";

/** Shows the sessions of a store, also those that its name does not pick. */
export async function listSessions(store: string, report: Report): Promise<void> {
  await using cleanup = new CleanupStack();
  const backend = await openToList({ ...parseStoreName(store), sessionId: undefined }, cleanup);
  const found: ListedSession[] = [];
  for (const summary of await sessionsOf(backend)) {
    found.push({ ...summary, standing: await standingOf(backend, summary.sessionId) });
  }
  report.show(
    { location: backend.location, sessions: sessionDocuments(found) },
    sessionLines(found, systemClock.now()),
  );
}
