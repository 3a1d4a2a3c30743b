import type { Command } from "../command.ts";
import { isGiven, textOption } from "../option-values.ts";

export const reset: Command = {
  name: "reset",
  summary: "archive a session, then remove it from its store, to pair anew",
  details: [
    "The archive is a SQLite store of its own, readable by you alone, with everything as it was",
    "stored: what is encrypted stays so. motte verify looks into it, motte migrate brings it back.",
    "A session that a bot has open ends with exit code 4.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: {
    yes: { type: "boolean", help: "do not ask" },
    backup: {
      type: "string",
      value: "folder",
      help: "where the archive goes (default: beside the store)",
    },
  },
  examples: [
    { call: "sqlite:./wa.db", about: "asks, archives and removes the only session" },
    { call: "file:./auth --yes --backup ./archives", about: "for a script" },
  ],
  async run(values, context) {
    const [store = ""] = context.words;
    const { runReset } = await import("../reset/run-reset.ts");
    const archiveFolder = textOption(values, "backup");
    return runReset({ store, yes: isGiven(values, "yes"), archiveFolder }, context);
  },
};
