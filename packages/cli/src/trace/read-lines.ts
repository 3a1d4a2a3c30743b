import { readFile } from "node:fs/promises";
import { MotteError, UsageError } from "@motte/core/errors";
import type { Trace, TraceLine } from "@motte/mock-server";

/** Where a trace comes from: a file, or a mock server that runs. */
export type TraceSource = { readonly file: string } | { readonly admin: URL };

export interface ReadOptions {
  readonly follow: boolean;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

/** Tells an address from a file. The addresses that a client has of a mock server will do as well. */
export function traceSource(text: string): TraceSource {
  if (!/^(?:wss?|https?):\/\//.test(text)) return { file: text };
  if (!URL.canParse(text)) {
    throw new UsageError("USAGE_INVALID_OPTION", `${text} is no address: write http://host:port`);
  }
  const { host } = new URL(text);
  // The server answers HTTP and WebSockets, with TLS and without, on one port.
  return { admin: new URL(`http://${host}/admin/trace`) };
}

/** The lines of a trace, the header first. Throws `MOCK_BAD_TRACE`, or a `UsageError` for what cannot be read. */
export async function* readLines(
  source: TraceSource,
  options: ReadOptions,
): AsyncGenerator<TraceLine, void> {
  if ("file" in source) {
    const { text } = await readTrace(source.file);
    yield* text
      .split("\n")
      .filter((line) => line !== "")
      .map(asLine);
    return;
  }
  const { admin } = source;
  admin.search = new URLSearchParams({
    redact: "0",
    follow: options.follow ? "1" : "0",
  }).toString();
  const answer = await ask(admin, options);
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield asLine(line);
  }
}

/** A file with a trace. Throws a `UsageError`, or `MOCK_BAD_TRACE`, which says what is wrong in which line. */
export async function readTrace(
  file: string,
): Promise<{ readonly text: string; readonly trace: Trace }> {
  const text = await textOf(file);
  // Loaded here, so that a name of no file does not wait for the server and its Baileys.
  const { parseTrace } = await import("@motte/mock-server");
  try {
    return { text, trace: parseTrace(text) };
  } catch (error) {
    if (error instanceof MotteError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The trace ${file} cannot be read: name a file, or the address of a mock server such as http://127.0.0.1:8484`,
      { cause },
    );
  }
}

function asLine(text: string): TraceLine {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parseTrace has looked at it, or a server has written it.
  return JSON.parse(text) as TraceLine;
}

async function ask(admin: URL, { token, signal }: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  let answer: Response;
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    answer = await fetch(admin, { headers, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `Nobody answers at ${admin.host}: start a server with motte mock, and name the address it prints`,
      { cause },
    );
  }
  if (answer.ok && answer.body !== null) return answer.body;
  const remedy =
    answer.status === 401
      ? "it wants its adminToken: put it into an environment variable and name that with --token-env"
      : "name the address of a mock server";
  throw new UsageError("USAGE_INVALID_OPTION", `${admin.host} answers ${answer.status}: ${remedy}`);
}
