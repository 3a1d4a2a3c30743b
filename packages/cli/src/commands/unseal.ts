import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { keyOptions } from "../stores/key-options.ts";

export const unseal: Command = {
  name: "unseal",
  summary: "decrypt a session where it is",
  details: [
    "Stop the bot first. Interrupted at any point the session is either encrypted or plain, and the",
    "same call completes it.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: {
    ...keyOptions(""),
    all: { type: "boolean", help: "every session of the store" },
  },
  examples: [
    { call: "sqlite:./wa.db --key-file key", about: "the only session of a database" },
    { call: "files:./sessions --all --key-env WA_KEY", about: "all of a folder" },
  ],
  async run(values, context) {
    const [store = ""] = context.words;
    const { runUnseal } = await import("../seal/run-seal.ts");
    return runUnseal({ store, all: isGiven(values, "all"), values }, context);
  },
};
