import type { Command } from "../command.ts";
import { isGiven } from "../option-values.ts";
import { keyOptions } from "../stores/key-options.ts";

export const rotateKey: Command = {
  name: "rotate-key",
  summary: "encrypt a session anew, under another key if one is named",
  details: [
    "Stop the bot first, and give it the new key from then on. Interrupted at any point the session",
    "opens with both keys together, and the same call completes it: keep the old one until then.",
    "A terminal is asked for a key that no option names; without a new one, only the data keys are new.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: {
    ...keyOptions(""),
    ...keyOptions("new-"),
    all: { type: "boolean", help: "every session of the store" },
  },
  examples: [
    { call: "sqlite:./wa.db --key-file old --new-key-file new", about: "replace the key" },
    { call: "sqlite:./wa.db --all --key-file key", about: "new data keys under the same one" },
  ],
  async run(values, context) {
    const [store = ""] = context.words;
    const { runRotateKey } = await import("../seal/run-seal.ts");
    return runRotateKey({ store, all: isGiven(values, "all"), values }, context);
  },
};
