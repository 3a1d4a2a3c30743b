import { UsageError } from "@motte/core/errors";
import { passphraseOption, passphraseOptions } from "../bundle/passphrase-options.ts";
import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { withHalfCopyExplained } from "../stores/half-copy.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const importCommand: Command = {
  name: "import",
  summary: "bring the session of a bundle into a store, and compare every record",
  details: [
    "A bundle older than 5 minutes comes without its ratchets: going on from old ones encrypts",
    "with keys that were used before. Nothing is made before the bundle has been opened and",
    "checked. Interrupted, the same call goes on.",
  ],
  arguments: [
    { name: "file", help: "a bundle of motte export" },
    { name: "store", help: "such as sqlite:./wa.db#acme; made if missing" },
  ],
  options: {
    ...passphraseOptions,
    "with-ratchets": {
      type: "boolean",
      help: "the bundle is the account's very last state: take everything",
    },
    "identity-only": {
      type: "boolean",
      help: "leave out every ratchet, however new the bundle is",
    },
    "accept-findings": { type: "boolean", help: "go on with creds that look wrong" },
    ...keyOptions(""),
  },
  examples: [
    {
      call: "acme.motte sqlite:./wa.db#acme --passphrase-file pass.txt",
      about: "into a database, new or not",
    },
    {
      call: "acme.motte file:./auth --passphrase-env WA_PASS --key-file key",
      about: "into an encrypted folder",
    },
  ],
  async run(values, context) {
    const [file = "", store = ""] = context.words;
    const withRatchets = isGiven(values, "with-ratchets");
    const without = isGiven(values, "identity-only");
    if (withRatchets && without) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "--with-ratchets and --identity-only say the opposite: leave one of them out",
      );
    }
    const { runImport } = await import("../bundle/run-import.ts");
    const call = {
      file,
      store,
      identityOnly: withRatchets || without ? without : undefined,
      acceptFindings: isGiven(values, "accept-findings"),
      passphrase: await passphraseOption(values, context, "known"),
    };
    return withKeyAsked(values, context, [""], (known) =>
      withHalfCopyExplained(() => runImport({ ...call, values: known }, context)),
    );
  },
};
