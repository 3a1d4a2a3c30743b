import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const explain: Command = {
  name: "explain",
  summary: "say what a disconnect means, what is done about it, and what you can do",
  arguments: [
    { name: "what", help: "a number, a cause, or the message of the error as Baileys has it" },
  ],
  options: {},
  examples: [
    { call: "440", about: "all that the number can mean, the usual cause first" },
    { call: "device-removed", about: "one cause by its name" },
    { call: '"Stream Errored (conflict)"', about: "an error as a log has it" },
  ],
  async run(_values, { report, words: [what = ""] }) {
    const { explained } = await import("../explain/explained.ts");
    const { document, lines } = explained(what);
    report.show(document, lines);
    return EXIT.ok;
  },
};
