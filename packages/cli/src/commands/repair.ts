import { UsageError } from "@motte/core/errors";
import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { keyOptions } from "../stores/key-options.ts";

export const repair: Command = {
  name: "repair",
  summary: "mend what is safe to mend in a store, after copying the session away",
  details: [
    "Rights of files, what a killed process has left, and records that cannot be read or cannot be",
    "right, where Baileys or Signal makes them anew. Never the creds. motte doctor tells of the rest.",
    "The copy is a store like any other: motte migrate brings it back.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: {
    "dry-run": { type: "boolean", help: "show what would be mended, and change nothing" },
    backup: {
      type: "string",
      value: "folder",
      help: "where the copy goes (default: beside the store)",
    },
    ...keyOptions(""),
  },
  examples: [
    { call: "file:./auth --dry-run", about: "what would be mended" },
    { call: "sqlite:./wa.db", about: "mend every session of a database" },
  ],
  async run(values, context) {
    if (isGiven(values, "dry-run") && values["backup"] !== undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "--dry-run changes nothing, so there is nothing to --backup: leave one of them out",
      );
    }
    const { runRepair } = await import("../repair/run-repair.ts");
    const [store = ""] = context.words;
    return runRepair(store, values, context);
  },
};
