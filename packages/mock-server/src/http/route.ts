import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { ServerContext } from "../context.ts";

type HttpMethod = "GET" | "POST" | "PUT" | "DELETE" | "HEAD";

/** What a client asks over HTTP, read so far as a route needs it. */
export interface HttpRequest {
  readonly method: string;
  /** As sent, up to the first `?`. */
  readonly path: string;
  /** The named groups of the route's path, percent-decoded. A group that took no part is left out. */
  readonly params: Readonly<Record<string, string>>;
  /** What follows the first `?`; a further `?` separates like `&`, because whatsapp-rust writes `…?ccb=1?auth=…`. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /**
   * The whole body. Rejects with an `HttpError`: of status 413 once it is over the limit, `HTTP_BODY_CUT_OFF` when
   * the client hangs up before its end.
   */
  body(limitBytes: number): Promise<Buffer>;
  /** The body as it comes. Rejects like `body`. */
  chunks(limitBytes: number): AsyncIterable<Buffer>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array | Readable;
}

/** One thing the server does over HTTP. The first route whose method and path fit takes the request. */
export interface HttpRoute {
  /** A `GET` route answers `HEAD` too, without the body. */
  readonly method: HttpMethod;
  /** Must match the whole path; anchor it. Named groups become `params`. */
  readonly path: RegExp;
  /** Only for the programs of whoever runs the server: from this machine, and with the token if one is set. */
  readonly admin?: true;
  handle(request: HttpRequest, context: ServerContext): HttpResponse | Promise<HttpResponse>;
}

/** The routes of one concern. */
export type HttpRoutes = readonly HttpRoute[];

/** A response that carries `value` as JSON. */
export function json(status: number, value: unknown): HttpResponse {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

/** A response of plain text. */
export function text(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
