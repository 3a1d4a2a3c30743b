import { type Command, numberOption, textOption } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const mock: Command = {
  name: "mock",
  summary: "start a mock WhatsApp server on loopback and play its phone and a contact by hand",
  details: [
    "Point a Baileys client at it with waWebSocketUrl. Then type, or pipe in, one order per line:",
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
  },
  async run(values, context) {
    const port = numberOption(values, "port");
    const host = textOption(values, "host");
    const seed = textOption(values, "seed");
    const { playMockServer } = await import("../mock/play-mock-server.ts");
    const settings = {
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(seed === undefined ? {} : { seed }),
      strict: values["strict"] === true,
      allowNonLoopback: values["allow-non-loopback"] === true,
    };
    await playMockServer(settings, context);
    return EXIT.ok;
  },
};
