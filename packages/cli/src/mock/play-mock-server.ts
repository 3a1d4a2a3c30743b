import { createInterface } from "node:readline";
import { MockServer, type MockServerOptions } from "@motte/mock-server";
import type { CommandContext } from "../command.ts";
import { MockConsole } from "./mock-console.ts";

/** Runs a mock server and obeys typed lines until somebody types `quit` or the signal aborts. */
export async function playMockServer(
  options: MockServerOptions,
  { output, input, signal }: CommandContext,
): Promise<void> {
  await using server = await MockServer.start(options);
  const console = new MockConsole(server, output);
  const asked = await obeyLines(input, signal, (line) => console.obey(line));
  if (!asked) await aborted(signal);
}

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
