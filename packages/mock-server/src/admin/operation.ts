import { HttpError } from "../http/errors.ts";
import { type HttpRequest, type HttpResponse, json } from "../http/route.ts";
import type { AdminParts } from "./parts.ts";
import type { Components, JsonSchema, Schema } from "./schema/schema.ts";
import { type ObjectSchema, joined, object } from "./schema/shapes.ts";

/** One thing that can be asked over HTTP. Routing, checks, the OpenAPI document and the README come from it. */
export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` where a parameter stands. */
  readonly path: string;
  /** Unique, in camel case. */
  readonly id: string;
  /** What it is about: the heading it stands under. */
  readonly tag: string;
  /** What it does, in one line. */
  readonly summary: string;
  readonly notes?: string | undefined;
  /** It needs no token and answers other machines. */
  readonly open: boolean;
  readonly params: ObjectSchema<object>;
  readonly query: ObjectSchema<object>;
  readonly body: Content | undefined;
  /** The body may be left out. */
  readonly bodyOptional: boolean;
  readonly answer: Content;
  /** Statuses of errors, besides those that every operation of its kind has. */
  readonly fails: readonly ErrorStatus[];
  readonly components: Components;
  readonly run: (request: HttpRequest, parts: AdminParts) => Promise<HttpResponse>;
}

/** A body, by its media types. */
export type Content = Readonly<Record<string, JsonSchema>>;

export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 500 | 503 | 504;

interface About {
  readonly method: Operation["method"];
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly notes?: string;
  readonly open?: true;
  readonly fails?: readonly ErrorStatus[];
}

interface JsonOperation<
  Params extends object,
  Query extends object,
  Body extends object,
  Answer,
> extends About {
  readonly params?: ObjectSchema<Params>;
  readonly query?: ObjectSchema<Query>;
  readonly body?: ObjectSchema<Body>;
  /** @defaultValue 64 KiB */
  readonly maxBodyBytes?: number;
  readonly answer: Schema<Answer>;
  readonly run: (
    input: { readonly params: Params; readonly query: Query; readonly body: Body },
    parts: AdminParts,
  ) => Answer | Promise<Answer>;
}

const MAX_BODY_BYTES = 64 * 1024;
const NOTHING: ObjectSchema<object> = object({});

/** An operation that takes JSON, if anything, and answers with JSON. */
export function jsonOperation<
  Answer,
  Params extends object = object,
  Query extends object = object,
  Body extends object = object,
>(definition: JsonOperation<Params, Query, Body, Answer>): Operation {
  const { params, query, body, maxBodyBytes = MAX_BODY_BYTES, answer, run, ...about } = definition;
  return {
    ...about,
    open: about.open ?? false,
    fails: about.fails ?? [],
    params: params ?? NOTHING,
    query: query ?? NOTHING,
    body: body && { "application/json": body.json },
    bodyOptional: body?.mayBeEmpty ?? true,
    answer: { "application/json": answer.json },
    components: joined([params, query, body, answer].filter((each) => each !== undefined)),
    async run(request, parts) {
      const input = {
        params: readPart(params, request.params, "path"),
        query: readPart(query, Object.fromEntries(request.query), "query"),
        body: readPart(body, body && (await readJson(request, maxBodyBytes)), "body"),
      };
      return json(200, await run(input, parts));
    },
  };
}

interface RawOperation<Params extends object, Query extends object> extends About {
  readonly params?: ObjectSchema<Params>;
  readonly query?: ObjectSchema<Query>;
  readonly body?: Content;
  readonly answer: Content;
  readonly components?: Components;
  readonly run: (
    input: { readonly params: Params; readonly query: Query },
    parts: AdminParts,
    request: HttpRequest,
  ) => HttpResponse | Promise<HttpResponse>;
}

/** An operation that reads and writes its bodies itself. */
export function rawOperation<Params extends object = object, Query extends object = object>(
  definition: RawOperation<Params, Query>,
): Operation {
  const { params, query, body, components, run, ...about } = definition;
  return {
    ...about,
    open: about.open ?? false,
    fails: about.fails ?? [],
    params: params ?? NOTHING,
    query: query ?? NOTHING,
    body,
    bodyOptional: false,
    components: { ...components, ...joined([params, query].filter((each) => each !== undefined)) },
    async run(request, parts) {
      const input = {
        params: readPart(params, request.params, "path"),
        query: readPart(query, Object.fromEntries(request.query), "query"),
      };
      return run(input, parts, request);
    },
  };
}

function readPart<T extends object>(
  schema: ObjectSchema<T> | undefined,
  given: unknown,
  at: string,
): T {
  if (schema !== undefined) return schema.read(given, at);
  const nothing = {};
  if (isUnasked<T>(schema, nothing)) return nothing;
  throw new TypeError(`There is no schema for ${at}`);
}

/** Without a schema `T` is its default: an object of which nothing is known. */
function isUnasked<T extends object>(
  schema: ObjectSchema<T> | undefined,
  value: object,
): value is T {
  return schema === undefined && Object.keys(value).length === 0;
}

async function readJson(request: HttpRequest, limitBytes: number): Promise<unknown> {
  const body = (await request.body(limitBytes)).toString().trim();
  if (body === "") return {};
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new HttpError("HTTP_BAD_REQUEST", "body must be JSON, in UTF-8", { cause: error });
  }
}
