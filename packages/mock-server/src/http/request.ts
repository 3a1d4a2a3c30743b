import type { IncomingMessage } from "node:http";
import { HttpError } from "./errors.ts";
import type { HttpRequest } from "./route.ts";

/** The target of a request, cut at its first `?`. */
export function splitTarget(target: string): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  const query = target.slice(mark + 1).replaceAll("?", "&");
  return { path: target.slice(0, mark), query: new URLSearchParams(query) };
}

/** A request as the route that matched it sees it. */
export function httpRequest(message: IncomingMessage, match: RegExpExecArray): HttpRequest {
  return {
    method: message.method ?? "GET",
    ...splitTarget(message.url ?? "/"),
    params: paramsOf(match),
    headers: message.headers,
    body: (limitBytes) => readBody(message, limitBytes),
    chunks: (limitBytes) => readChunks(message, limitBytes),
  };
}

function paramsOf({ groups = {} }: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries<string | undefined>(groups)) {
    if (value !== undefined) params[name] = decoded(value);
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new HttpError("HTTP_BAD_REQUEST", "The path has a % that starts no character", {
      cause: error,
    });
  }
}

async function readBody(message: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(message, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* readChunks(message: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer> {
  let length = 0;
  try {
    // The connection must outlive a body that is too long, for the response that says so.
    const parts: AsyncIterable<Buffer> = message.iterator({ destroyOnReturn: false });
    for await (const chunk of parts) {
      length += chunk.length;
      if (length > limitBytes) {
        throw new HttpError("HTTP_BODY_TOO_LARGE", `The body is over ${limitBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    if (message.complete || error instanceof HttpError) throw error;
    throw new HttpError("HTTP_BODY_CUT_OFF", "The client hung up before the body had ended", {
      cause: error,
    });
  }
}
