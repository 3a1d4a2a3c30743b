import type { Command } from "../command.ts";
import { UsageError } from "@motte/core/errors";
import { choiceOption, isGiven } from "../option-values.ts";
import { withHalfCopyExplained } from "../stores/half-copy.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const migrate: Command = {
  name: "migrate",
  summary: "copy an account into another store, check every record, then let only the copy open",
  details: [
    "Stop the bot first. Interrupted at any point, the same call goes on; to go back, migrate",
    "the other way. Nothing is deleted: the old store is marked and opens no more.",
    "Stores are sqlite:./wa.db, file:./auth, files:./sessions, redis://host:6379?prefix=motte,",
    "and to read only baileys:./auth (useMultiFileAuthState), baileys-sqlite:./auth.db and",
    "wabotjs:./wa.db. #name picks a session.",
  ],
  arguments: [
    { name: "from", help: "the store the account is in" },
    { name: "to", help: "the store it goes to" },
  ],
  options: {
    "dry-run": { type: "boolean", help: "show what would be copied, and write nothing" },
    all: { type: "boolean", help: "every session of the store, each under its own name" },
    verify: {
      type: "string",
      value: "quick|deep",
      help: "deep: check the copy once more from outside, with all it must be (default: quick)",
    },
    resume: { type: "boolean", help: "only go on with a migration that was interrupted" },
    "skip-corrupt": { type: "boolean", help: "leave behind what is damaged" },
    "skip-unknown": { type: "boolean", help: "leave behind what may or may not be records" },
    "accept-findings": { type: "boolean", help: "go on with creds that look wrong" },
    "identity-only": {
      type: "boolean",
      help: "leave out every ratchet, for a copy that is older than the last message",
    },
    "ignore-migration": { type: "boolean", help: "read a source that has moved all the same" },
    ...keyOptions(""),
    ...keyOptions("to-"),
  },
  examples: [
    { call: "baileys:./auth_info sqlite:./wa.db", about: "off Baileys' folder of files" },
    { call: "sqlite:./wa.db redis://127.0.0.1:6379 --all", about: "every session, to Redis" },
    { call: "file:./auth sqlite:./wa.db#acme --dry-run", about: "what would happen" },
  ],
  async run(values, context) {
    const [from = "", to = ""] = context.words;
    const dryRun = isGiven(values, "dry-run");
    const resume = isGiven(values, "resume");
    if (dryRun && resume) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "--dry-run copies nothing, so there is nothing to --resume: leave one of them out",
      );
    }
    const { runMigration } = await import("../migrate/run-migration.ts");
    const call = {
      from,
      to,
      all: isGiven(values, "all"),
      dryRun,
      resume,
      deep: choiceOption(values, "verify", ["quick", "deep"]) === "deep",
      settings: {
        skipCorrupt: isGiven(values, "skip-corrupt"),
        skipUnknown: isGiven(values, "skip-unknown"),
        acceptFindings: isGiven(values, "accept-findings"),
        identityOnly: isGiven(values, "identity-only"),
        ignoreMigration: isGiven(values, "ignore-migration"),
      },
    };
    return withKeyAsked(values, context, ["", "to-"], (known) => {
      const migrated = (): Promise<number> => runMigration({ ...call, values: known }, context);
      return dryRun ? migrated() : withHalfCopyExplained(migrated);
    });
  },
};
