import { systemClock } from "@motte/core/clock";
import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const sessions: Command = {
  name: "sessions",
  summary: "list the sessions of a store, who has them open, and when they last changed",
  arguments: [{ name: "store", help: "such as sqlite:./wa.db, file:./auth or redis://host:6379" }],
  options: {},
  examples: [
    { call: "sqlite:./wa.db", about: "all sessions of a database" },
    {
      call: '"redis://127.0.0.1:6379?prefix=bots" --json',
      about: "those of a prefix, for a script",
    },
  ],
  async run(_values, { report, words: [store = ""] }) {
    const { parseStoreName } = await import("../stores/store-name.ts");
    const { openStore } = await import("../stores/open-store.ts");
    const { sessionsOf } = await import("../stores/sessions.ts");
    const { sessionDocuments, sessionLines } = await import("../stores/session-lines.ts");
    await using backend = await openStore(parseStoreName(store), "refuse");
    const found = await sessionsOf(backend);
    report.show(
      { location: backend.location, sessions: sessionDocuments(found) },
      sessionLines(found, systemClock.now()),
    );
    return EXIT.ok;
  },
};
