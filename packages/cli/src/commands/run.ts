import { UsageError } from "@motte/core/errors";
import type { Command } from "../command.ts";
import { choiceOption, isGiven, numberOption, portOption, textOption } from "../option-values.ts";

const DEFAULT_WITHIN_SECONDS = 60;

export const run: Command = {
  name: "run",
  summary: "run a bot, as it is, against a mock WhatsApp server",
  program: "-- <program> [arguments]",
  details: [
    "Starts a mock server, and then the program with everything it connects to at WhatsApp brought to that server:",
    "the bot needs no option of ours. Its phone links the bot by the QR code or the pairing code the bot shows.",
    "Ends as the program does, with its exit code.",
  ],
  options: {
    port: {
      type: "string",
      value: "number",
      help: "port of the mock server (default: 0, a free one)",
    },
    seed: {
      type: "string",
      value: "text",
      help: "seed of keys and numbers (default: a new one each time)",
    },
    strict: {
      type: "boolean",
      help: "refuse requests that the server does not know, and fail when there was one",
    },
    offline: {
      type: "boolean",
      help: "refuse the program's connections to everything that is not WhatsApp or this machine",
    },
    scan: {
      type: "string",
      value: "auto|code|off",
      help: "link the bot by whatever it shows, by pairing code only, or not (default: auto)",
    },
    "contact-says": {
      type: "string",
      value: "text",
      help: "a contact writes this once the bot has logged in; what it answers is shown",
    },
    expect: {
      type: "string",
      value: "text",
      help: "stop the program, and succeed, when the contact has got this text; else fail",
    },
    within: {
      type: "string",
      value: "seconds",
      help: `how long --expect waits (default: ${DEFAULT_WITHIN_SECONDS})`,
    },
    "ready-file": {
      type: "string",
      value: "path",
      help: "write where the server is to this file, as JSON; it is removed at the end",
    },
    json: {
      type: "boolean",
      help: "print where the server is as one line of JSON, before the program starts",
    },
  },
  examples: [
    { call: "-- node bot.js", about: "link the bot by whatever it shows, and let it run" },
    {
      call: "--offline --contact-says ping --expect pong -- npm start",
      about: "in CI: succeed when the bot answers, and let nothing out of this machine",
    },
  ],
  async run(values, context) {
    if (values["within"] !== undefined && values["expect"] === undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "--within goes with --expect: it says how long the contact waits for that text",
      );
    }
    const options = {
      port: portOption(values) ?? 0,
      seed: textOption(values, "seed"),
      strict: isGiven(values, "strict"),
      offline: isGiven(values, "offline"),
      scan: choiceOption(values, "scan", ["auto", "code", "off"]) ?? "auto",
      contactSays: textOption(values, "contact-says"),
      expect: textOption(values, "expect"),
      withinSeconds: numberOption(values, "within") ?? DEFAULT_WITHIN_SECONDS,
      readyFile: textOption(values, "ready-file"),
      json: isGiven(values, "json"),
    };
    // Loaded here, so that what is refused does not wait for the server and its Baileys.
    const { runBot } = await import("../run/run-bot.ts");
    return runBot(options, context);
  },
};
