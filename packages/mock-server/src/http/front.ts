import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { systemClock } from "@motte/core/clock";
import { MotteError } from "@motte/core/errors";
import type { ServerContext } from "../context.ts";
import { type AdminAccess, assertAdmin } from "./admin-guard.ts";
import { HttpError } from "./errors.ts";
import { httpRequest, splitTarget } from "./request.ts";
import {
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type HttpRoutes,
  json,
} from "./route.ts";
import { statusOf } from "./status.ts";

/** Requests that steer and watch the server; the journal is about its clients. */
const OF_TESTS = /^\/(?:admin|health)(?:\/|$)/;

export interface HttpFrontParts {
  readonly context: ServerContext;
  readonly routes: readonly HttpRoutes[];
  readonly admin: AdminAccess;
}

// A reader who does not read must not keep the server from closing.
const FINISH_MS = 500;

/** Finds the route of a request and writes its response. A route that fails makes that one response an error. */
export class HttpFront {
  readonly #context: ServerContext;
  readonly #routes: readonly HttpRoute[];
  readonly #admin: AdminAccess;
  readonly #answering = new Set<Promise<void>>();

  constructor({ context, routes, admin }: HttpFrontParts) {
    this.#context = context;
    this.#routes = routes.flat();
    this.#admin = admin;
  }

  /** Resolves when the response is written, or was cut off. */
  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const answering = this.#answer(message, response);
    // Only whoever steers the server waits for it; others may be held up by a fault for as long as it likes.
    if (message.url?.startsWith("/admin/") !== true) return answering;
    this.#answering.add(answering);
    await answering;
    this.#answering.delete(answering);
  }

  /** Gives those who are being answered a moment to hear the end: whoever waits on a closed server is told so. */
  async finish(): Promise<void> {
    const giveUp = new AbortController();
    const limit = systemClock.sleep(FINISH_MS, giveUp.signal).catch(() => {});
    await Promise.race([Promise.all(this.#answering), limit]);
    giveUp.abort();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#respond(message);
      this.#record(message, answer);
      await write(response, answer, message.method);
    } catch (error) {
      this.#context.logger.debug({ err: error }, "an HTTP response was cut off");
      response.destroy();
    }
  }

  async #respond(message: IncomingMessage): Promise<HttpResponse> {
    try {
      const { route, match } = this.#find(message);
      if (route.admin) assertAdmin(message, this.#admin);
      const request = httpRequest(message, match);
      const handle = async (passed: HttpRequest): Promise<HttpResponse> =>
        route.handle(passed, this.#context);
      // Whoever steers the server by its faults must not be shut out by them.
      if (route.admin) return await handle(request);
      return await this.#context.passages.http.enter(request, handle);
    } catch (error) {
      return this.#failure(error);
    }
  }

  #record({ method = "GET", url = "/" }: IncomingMessage, { status, body }: HttpResponse): void {
    const { path } = splitTarget(url);
    if (OF_TESTS.test(path)) return;
    const bytes = body instanceof Readable ? undefined : Buffer.byteLength(body ?? "");
    this.#context.journal.recordEvent({ type: "http", method, path, status, bytes });
  }

  #find({ method, url = "/" }: IncomingMessage): { route: HttpRoute; match: RegExpExecArray } {
    const { path } = splitTarget(url);
    let known = false;
    for (const route of this.#routes) {
      const match = route.path.exec(path);
      if (match === null) continue;
      known = true;
      if (route.method === method || (method === "HEAD" && route.method === "GET")) {
        return { route, match };
      }
    }
    throw known
      ? new HttpError("HTTP_METHOD_NOT_ALLOWED", `This path does not take ${method}`)
      : new HttpError("HTTP_NOT_FOUND", "There is nothing at this path");
  }

  #failure(error: unknown): HttpResponse {
    if (error instanceof MotteError) {
      const { code, message } = error;
      // What was not read of the body is of no use any more.
      const close = { connection: "close" };
      const response = json(statusOf(error), { error: { code, message } });
      return { ...response, headers: { ...response.headers, ...close } };
    }
    this.#context.logger.error({ err: error }, "an HTTP route failed");
    const message = "The mock server failed to answer; its logger has the error";
    return json(500, { error: { code: "HTTP_SERVER_ERROR", message } });
  }
}

async function write(
  response: ServerResponse,
  { status, headers = {}, body = "" }: HttpResponse,
  method: string | undefined,
): Promise<void> {
  const stream = body instanceof Readable ? body : undefined;
  if (typeof body === "string" || body instanceof Uint8Array) {
    response.setHeader("content-length", Buffer.byteLength(body));
  }
  response.writeHead(status, headers);
  if (method === "HEAD") {
    stream?.destroy();
    response.end();
  } else if (stream === undefined) {
    const written = finished(response);
    response.end(body);
    await written;
  } else {
    await pipeline(stream, response);
  }
}
