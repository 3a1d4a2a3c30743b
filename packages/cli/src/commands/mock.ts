import { UsageError } from "@motte/core/errors";
import type { Command, CommandContext, OptionValues } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { isGiven, portOption, textOption, textOptions } from "../option-values.ts";

export const mock: Command = {
  name: "mock",
  summary: "start a mock WhatsApp server on loopback and play its phone and a contact by hand",
  details: [
    "Prints what to set in the client. Then type, or pipe in, one order per line:",
    "  scan <QR text>   the virtual phone scans the QR that the client shows",
    "  code <code>      the virtual phone enters the client's pairing code",
    "  say <text>       a contact sends a text to the client",
    "  cut              every connection is cut",
    "  logout           the account logs its linked devices out",
    "  quit             the server stops (Ctrl-C does the same; the end of the input does not)",
  ],
  options: {
    port: {
      type: "string",
      value: "number",
      help: "port to listen on (default: 0, a free one)",
    },
    host: { type: "string", value: "address", help: "address to bind (default: 127.0.0.1)" },
    "allow-non-loopback": {
      type: "boolean",
      help: "let other machines reach the server: it has no protection whatever",
    },
    seed: {
      type: "string",
      value: "text",
      help: "seed of keys and numbers (default: a new one each time)",
    },
    strict: {
      type: "boolean",
      help: "refuse requests that the server does not know, instead of answering them emptily",
    },
    fault: {
      type: "string",
      value: "rule",
      multiple: true,
      help: 'something that goes wrong, as "<name> <setting>=<value> …"; may be given again',
    },
    faults: {
      type: "string",
      value: "file",
      help: "the same from a JSON file: a list of rules, or the plan a failed test printed",
    },
    "list-faults": {
      type: "boolean",
      help: "list the faults there are and their settings, and start no server",
    },
    "ca-file": {
      type: "string",
      value: "path",
      help: "write the certificate that clients over TLS have to trust to this file",
    },
    "ready-file": {
      type: "string",
      value: "path",
      help: "write where the server is to this file, as JSON; it is removed at the end",
    },
  },
  examples: [
    { call: "--port 8484 --seed demo", about: "the same address and the same numbers every time" },
    {
      call: '--fault "stream-error code=503 times=2"',
      about: "end the first two logins with a 503",
    },
    { call: "--list-faults", about: "what can go wrong" },
    { call: "--json --ready-file ready.json", about: "for a script that waits for the server" },
  ],
  async run(values, context) {
    if (isGiven(values, "list-faults")) return listFaults(values, context);
    const port = portOption(values);
    const host = textOption(values, "host");
    const seed = textOption(values, "seed");
    const { faultRules } = await import("../mock/fault-rules.ts");
    const faults = await faultRules(textOptions(values, "fault"), textOption(values, "faults"));
    // Loaded here, so that what is refused does not wait for the server and its Baileys.
    const { playMockServer } = await import("../mock/play-mock-server.ts");
    const server = {
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(seed === undefined ? {} : { seed }),
      strict: isGiven(values, "strict"),
      allowNonLoopback: isGiven(values, "allow-non-loopback"),
    };
    const play = {
      server,
      faults,
      caFile: textOption(values, "ca-file"),
      readyFile: textOption(values, "ready-file"),
    };
    await playMockServer(play, context);
    return EXIT.ok;
  },
};

async function listFaults(values: OptionValues, { report }: CommandContext): Promise<number> {
  const other = Object.keys(values).find((name) => name !== "list-faults" && name !== "json");
  if (other !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `--list-faults starts no server, so there is nothing to --${other}: leave one of them out`,
    );
  }
  const { faultList } = await import("../mock/fault-list.ts");
  const { document, lines } = faultList();
  report.show(document, lines);
  return EXIT.ok;
}
