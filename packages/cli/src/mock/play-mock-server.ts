import { createInterface } from "node:readline";
import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type MockServerOptions } from "@motte/mock-server";
import type { CommandContext } from "../command.ts";
import { readinessOf, readyFile, temporaryFile } from "../readiness.ts";
import { namedFault } from "./fault-names.ts";
import type { FaultRule } from "./fault-rules.ts";
import { MockConsole } from "./mock-console.ts";

export interface PlayOptions {
  readonly server: MockServerOptions;
  readonly faults: readonly FaultRule[];
  /** Where to write the certificate that clients over TLS have to trust. */
  readonly caFile: string | undefined;
  readonly readyFile: string | undefined;
}

/** Runs a mock server and obeys typed lines until somebody types `quit` or the signal aborts. */
export async function playMockServer(
  options: PlayOptions,
  { report, output, input, signal }: CommandContext,
): Promise<void> {
  const { caFile } = options;
  const rules = options.faults.map(namedFault);
  await using cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start(options.server));
  server.faults.apply(rules);
  if (caFile !== undefined) cleanup.use(await temporaryFile(caFile, server.caCertificate));
  if (options.readyFile !== undefined) {
    cleanup.use(await readyFile(options.readyFile, readinessOf(server, caFile)));
  }
  const console = new MockConsole(server, { report, output, caFile });
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
