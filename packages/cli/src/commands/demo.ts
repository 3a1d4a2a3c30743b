import type { Command } from "../command.ts";
import { newDataFolder } from "../data-folder.ts";
import { StepFailed } from "../demo/steps.ts";
import { EXIT } from "../exit-codes.ts";
import { textOption } from "../option-values.ts";

export const demo: Command = {
  name: "demo",
  summary: "show a bot pair, talk, lose its connection, die and come back, against the mock server",
  details: [
    "Runs a real Baileys client in a process of its own. Nothing leaves this machine.",
    "Exit code 1 names the first step that did not hold.",
  ],
  options: {
    data: {
      type: "string",
      value: "folder",
      help: "existing folder to keep the bot's databases in (default: a temporary one, removed)",
    },
    seed: {
      type: "string",
      value: "text",
      help: "seed of the mock server's keys and numbers (default: a new one each time)",
    },
  },
  examples: [
    { call: "", about: "run every step, and leave nothing behind" },
    { call: "--data .", about: "keep the bot's databases in a folder here" },
  ],
  async run(values, { output, report }) {
    const folder = await newDataFolder(textOption(values, "data"));
    try {
      // Loaded here, so that `motte --help` and what is refused do not wait for Baileys.
      const { runDemo } = await import("../demo/run-demo.ts");
      await runDemo({ report, dataFolder: folder.path, seed: textOption(values, "seed") });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      output.error(`The demo stopped at ${error.message}`);
      return EXIT.failed;
    } finally {
      await folder.release();
    }
    report.say("Every step held.");
    return EXIT.ok;
  },
};
