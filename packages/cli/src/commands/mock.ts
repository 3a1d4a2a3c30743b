import { createInterface } from "node:readline";
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
  async run(values, { output, input, signal }) {
    const port = numberOption(values, "port");
    const host = textOption(values, "host");
    const seed = textOption(values, "seed");
    const { MockServer } = await import("@motte/mock-server");
    const { MockConsole } = await import("../mock/mock-console.ts");
    await using server = await MockServer.start({
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(seed === undefined ? {} : { seed }),
      strict: values["strict"] === true,
      allowNonLoopback: values["allow-non-loopback"] === true,
    });
    const console = new MockConsole(server, output);
    if (!(await obeyLines(input, signal, (line) => console.obey(line)))) await aborted(signal);
    return EXIT.ok;
  },
};

/** Hands every line to `obey`, one after the other. Resolves with whether somebody asked to quit. */
async function obeyLines(
  input: NodeJS.ReadableStream,
  signal: AbortSignal,
  obey: (line: string) => Promise<void>,
): Promise<boolean> {
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) {
      if (line.trim() === "quit") return true;
      await obey(line);
    }
    return false;
  } finally {
    lines.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
