import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { keyOptions } from "../stores/key-options.ts";

export const seal: Command = {
  name: "seal",
  summary: "encrypt a session where it is",
  details: [
    "Stop the bot first, and give it the key from then on. Interrupted at any point the session is",
    "either plain or encrypted, and the same call completes it. Keep the key: there is no other way in.",
    "Where no option names it, a terminal is asked: for 64 hex digits, or a passphrase for passphraseKey().",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: {
    ...keyOptions(""),
    "hide-ids": { type: "boolean", help: "also hide the ids of records, which hold phone numbers" },
    all: { type: "boolean", help: "every session of the store" },
  },
  examples: [
    { call: "sqlite:./wa.db --key-file key", about: "after: openssl rand -hex 32 > key" },
    { call: "sqlite:./wa.db --all --key-env WA_KEY --hide-ids", about: "all, numbers included" },
  ],
  async run(values, context) {
    const [store = ""] = context.words;
    const { runSeal } = await import("../seal/run-seal.ts");
    const [all, hideIds] = [isGiven(values, "all"), isGiven(values, "hide-ids")];
    return runSeal({ store, all, hideIds, values }, context);
  },
};
