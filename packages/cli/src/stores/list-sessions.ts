import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import type { Report } from "../report.ts";
import { loneFolders } from "./lone-folders.ts";
import { openToList } from "./look.ts";
import { type ListedSession, sessionDocuments, sessionLines } from "./session-lines.ts";
import { standingOf } from "./session-standing.ts";
import { openableSessions, sessionsOf } from "./sessions.ts";
import { parseStoreName } from "./store-name.ts";

/** Shows the sessions of a store, also those that its name does not pick, and those that open by another name. */
export async function listSessions(store: string, report: Report): Promise<void> {
  await using cleanup = new CleanupStack();
  const name = { ...parseStoreName(store), sessionId: undefined };
  const backend = await openToList(name, cleanup);
  const alone = await loneFolders(name);
  const found: ListedSession[] = [];
  for (const summary of await openableSessions(backend, alone)) {
    found.push({ ...summary, standing: await standingOf(backend, summary.sessionId) });
  }
  for (const { name: own } of alone) {
    const one = await openToList(own, cleanup);
    for (const summary of await sessionsOf(one)) {
      const standing = await standingOf(one, summary.sessionId);
      found.push({ ...summary, standing, store: own.text });
    }
  }
  report.show(
    { location: backend.location, sessions: sessionDocuments(found) },
    sessionLines(found, systemClock.now()),
  );
}
