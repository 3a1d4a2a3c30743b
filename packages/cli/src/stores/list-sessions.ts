import { systemClock } from "@motte/core/clock";
import type { Report } from "../report.ts";
import { openStore } from "./open-store.ts";
import { sessionDocuments, sessionLines } from "./session-lines.ts";
import { sessionsOf } from "./sessions.ts";
import { parseStoreName } from "./store-name.ts";

/** Shows the sessions of a store. */
export async function listSessions(store: string, report: Report): Promise<void> {
  await using backend = await openStore(parseStoreName(store), "refuse");
  const found = await sessionsOf(backend);
  report.show(
    { location: backend.location, sessions: sessionDocuments(found) },
    sessionLines(found, systemClock.now()),
  );
}
