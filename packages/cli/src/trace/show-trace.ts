import type { TraceRedactor } from "@motte/mock-server";
import type { CommandContext } from "../command.ts";
import { type TraceFilter, traceFilter } from "./filter.ts";
import { TraceWords } from "./line-words.ts";
import { readLines, traceSource } from "./read-lines.ts";

export interface ShowTraceOptions extends TraceFilter {
  readonly source: string;
  readonly follow: boolean;
  /** With numbers, names, texts and keys. */
  readonly show: boolean;
  readonly token: string | undefined;
}

/** Shows the lines of a trace that pass, until it ends or the signal aborts. */
export async function showTrace(
  { source, follow, show, token, ...filter }: ShowTraceOptions,
  { report, signal }: Pick<CommandContext, "report" | "signal">,
): Promise<void> {
  const passes = traceFilter(filter);
  let redactor: TraceRedactor | undefined;
  const words = new TraceWords();
  try {
    for await (const line of readLines(traceSource(source), { follow, token, signal })) {
      signal.throwIfAborted();
      if (!passes(line)) continue;
      if (!show) redactor ??= await newRedactor();
      const shown = redactor?.line(line) ?? line;
      report.show(shown, words.lines(shown));
    }
  } catch (error) {
    // To stop following is how it ends.
    if (!signal.aborted) throw error;
  }
}

// Loaded here, so that an address where nobody answers does not wait for the server and its Baileys.
async function newRedactor(): Promise<TraceRedactor> {
  const mockServer = await import("@motte/mock-server");
  return new mockServer.TraceRedactor();
}
