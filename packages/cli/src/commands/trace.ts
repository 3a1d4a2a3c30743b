import { UsageError } from "@motte/core/errors";
import type { Command, CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { choiceOption, isGiven, numberOption, textOption, textOptions } from "../option-values.ts";

const WITHIN_SECONDS = 60;

export const trace: Command = {
  name: "trace",
  summary: "follow what a mock server and its clients say, decrypted, or replay a recording",
  details: [
    "C> is from a client, S> to it. Numbers, names, texts and keys are hidden unless --show is given.",
    "With --json --show, what is printed is a recording that --replay takes.",
  ],
  arguments: [{ name: "trace", help: "a file, or the address of a mock server that runs" }],
  options: {
    tag: {
      type: "string",
      value: "name",
      multiple: true,
      help: "only such stanzas: message, iq, receipt…; may be given again",
    },
    xmlns: {
      type: "string",
      value: "namespace",
      multiple: true,
      help: "only requests of a namespace, such as encrypt; may be given again",
    },
    direction: { type: "string", value: "in|out", help: "only from clients, or only to them" },
    session: {
      type: "string",
      value: "whose",
      multiple: true,
      help: "only one connection by its id, or one client by its number, JID or name",
    },
    show: { type: "boolean", help: "show numbers, names, texts and keys" },
    "no-follow": { type: "boolean", help: "end where the server is by now" },
    "token-env": {
      type: "string",
      value: "name",
      help: "environment variable with the server's adminToken",
    },
    replay: {
      type: "boolean",
      help: "say everything again to the program after --, which is linked by itself",
    },
    "wait-for-replies": {
      type: "boolean",
      help: "with --replay: wait wherever the recorded client wrote something",
    },
    within: {
      type: "string",
      value: "seconds",
      help: `with --replay: how long to wait for the program (default: ${WITHIN_SECONDS})`,
    },
  },
  program: "[-- <program> …]",
  programIsOptional: true,
  examples: [
    { call: "http://127.0.0.1:8484 --tag message", about: "the messages of a running motte mock" },
    {
      call: "ws://127.0.0.1:8484/ws/chat --json --show > talk.ndjson",
      about: "a recording; the file is as secret as what was said",
    },
    { call: "talk.ndjson --replay -- node bot.js", about: "the same talk, with another bot" },
  ],
  async run(values, context) {
    const [source = ""] = context.words;
    if (isGiven(values, "replay")) return replayed(source, values, context);
    if (context.program.length > 0) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "motte trace starts a program only with --replay, and none of its own",
      );
    }
    const variable = textOption(values, "token-env");
    const token = variable === undefined ? undefined : process.env[variable];
    if (variable !== undefined && token === undefined) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `The environment variable ${variable} is not set: put the server's adminToken into it`,
      );
    }
    const { showTrace } = await import("../trace/show-trace.ts");
    const options = {
      source,
      follow: !isGiven(values, "no-follow"),
      show: isGiven(values, "show"),
      token,
      tags: textOptions(values, "tag"),
      namespaces: textOptions(values, "xmlns"),
      sessions: textOptions(values, "session"),
      direction: choiceOption(values, "direction", ["in", "out"]),
    };
    await showTrace(options, context);
    return EXIT.ok;
  },
};

async function replayed(
  file: string,
  values: OptionValues,
  context: CommandContext,
): Promise<number> {
  if (context.program.length === 0) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte trace --replay starts a program: motte trace ${file} --replay -- node bot.js`,
    );
  }
  const withinSeconds = numberOption(values, "within") ?? WITHIN_SECONDS;
  const waitForReplies = isGiven(values, "wait-for-replies");
  const { replayTrace } = await import("../trace/replay-trace.ts");
  return replayTrace({ file, waitForReplies, withinSeconds }, context);
}
