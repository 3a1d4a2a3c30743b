import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const verify: Command = {
  name: "verify",
  summary: "read every record of a session and check that they fit together",
  details: [
    "Exit code 1 when something is corrupt or cannot be right, with what to do about it.",
    "A bot may go on meanwhile: nothing is changed or locked. What it writes too fast to be read ends with exit code 4.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: keyOptions(""),
  examples: [
    { call: "sqlite:./wa.db", about: "the only session of a database" },
    { call: "file:./auth --json", about: "a folder, for a script" },
  ],
  async run(values, context) {
    const { verdictLines, verifyStore } = await import("../stores/verify-session.ts");
    const [store = ""] = context.words;
    return withKeyAsked(values, context, [""], async (known) => {
      const verdict = await verifyStore(store, known, context.signal);
      context.report.show(verdict, verdictLines(verdict));
      return verdict.sound ? EXIT.ok : EXIT.failed;
    });
  },
};
