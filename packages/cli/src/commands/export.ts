import { passphraseOption, passphraseOptions } from "../bundle/passphrase-options.ts";
import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "write a session into one encrypted file, for another machine or a safe",
  details: [
    "Stop the bot first. The file is new, readable by you alone, and opened again before it gets",
    "its name. The session stays where it is and stays the one to go on from.",
  ],
  arguments: [
    {
      name: "store",
      help: "such as sqlite:./wa.db#acme, or one to read only: baileys:./auth_info",
    },
    { name: "file", help: "the bundle to write; must not be there" },
  ],
  options: {
    ...passphraseOptions,
    "identity-only": { type: "boolean", help: "leave out every ratchet, for a copy to keep" },
    "skip-corrupt": { type: "boolean", help: "leave behind what is damaged" },
    "skip-unknown": { type: "boolean", help: "leave behind what may or may not be records" },
    "ignore-migration": { type: "boolean", help: "read a session that has moved all the same" },
    ...keyOptions(""),
  },
  examples: [
    {
      call: "sqlite:./wa.db acme.motte --passphrase-file pass.txt",
      about: "the only session of a database",
    },
    {
      call: "baileys:./auth_info bot.motte --passphrase-env BUNDLE_PASS",
      about: "a folder of Baileys",
    },
  ],
  async run(values, context) {
    const [store = "", file = ""] = context.words;
    const { runExport } = await import("../bundle/run-export.ts");
    const call = {
      store,
      file,
      settings: {
        identityOnly: isGiven(values, "identity-only"),
        skipCorrupt: isGiven(values, "skip-corrupt"),
        skipUnknown: isGiven(values, "skip-unknown"),
        ignoreMigration: isGiven(values, "ignore-migration"),
      },
      passphrase: await passphraseOption(values, context, "new"),
    };
    return withKeyAsked(values, context, [""], (known) =>
      runExport({ ...call, values: known }, context),
    );
  },
};
