import type { Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { keyOptions } from "../stores/key-options.ts";
import { withKeyAsked } from "../stores/typed-key.ts";

export const inspect: Command = {
  name: "inspect",
  summary: "count what a session holds by family, with sizes and ages, and never its values",
  details: [
    "A bot may go on meanwhile: nothing is changed or locked. What it writes too fast to be read ends with exit code 4.",
  ],
  arguments: [{ name: "store", help: "such as sqlite:./wa.db or sqlite:./wa.db#acme" }],
  options: keyOptions(""),
  examples: [
    { call: "sqlite:./wa.db", about: "the only session of a database" },
    { call: "files:./sessions#acme --json", about: "one of many, for a script" },
  ],
  async run(values, context) {
    const { inspectStore } = await import("../stores/inspect-session.ts");
    const [store = ""] = context.words;
    return withKeyAsked(values, context, [""], async (known) => {
      context.report.show(...(await inspectStore(store, known, context.signal)));
      return EXIT.ok;
    });
  },
};
