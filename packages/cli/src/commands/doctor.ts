import type { Command } from "../command.ts";
import { keyOptions } from "../stores/key-options.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "look for what is wrong with this machine and with stores, and say what to do about it",
  details: [
    "Checks every record as motte verify does, and around them: rights, git, Redis' settings, clocks,",
    "what a killed process has left. A bot may go on meanwhile: nothing is changed or locked.",
    "Exit code 3 when there are errors or warnings, 4 when a bot writes too fast to be read.",
  ],
  arguments: [
    {
      name: "store",
      help: "such as sqlite:./wa.db or sqlite:./wa.db#acme; without one, only the machine",
      optional: true,
      many: true,
    },
  ],
  options: keyOptions(""),
  examples: [
    { call: "sqlite:./wa.db", about: "every session of a database" },
    { call: 'file:./auth "redis://127.0.0.1:6379?prefix=bots"', about: "two stores" },
    { call: "file:./auth --json", about: "one document, for a script" },
  ],
  async run(values, context) {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return runDoctor(context.words, values, context);
  },
};
