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
    const { listSessions } = await import("../stores/list-sessions.ts");
    await listSessions(store, report);
    return EXIT.ok;
  },
};
