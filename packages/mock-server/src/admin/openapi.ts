import type { Content, ErrorStatus, Operation } from "./operation.ts";
import type { Components, JsonSchema } from "./schema/schema.ts";
import { type ObjectSchema, object } from "./schema/shapes.ts";
import { text } from "./schema/values.ts";

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

const errorBody: ObjectSchema<ErrorBody> = object<ErrorBody>({
  error: object<ErrorBody["error"]>({ code: text(), message: text() }),
});

const ERROR: JsonSchema = { $ref: "#/components/schemas/Error" };

const MEANING: Readonly<Record<ErrorStatus, string>> = {
  400: "The request is not what this operation takes; the message says what it does take",
  401: "The server was started with an adminToken, and the request does not carry it",
  403: "The request came from another machine or from a web page",
  404: "What the request is about is not on this server",
  409: "It does not fit the world as it is now",
  410: "It was there, and has expired",
  413: "The body is too long",
  500: "The server failed; its logger has the error",
  503: "The server was closed meanwhile",
  504: "It did not happen in time; the message shows what did",
};

/** The operations as an OpenAPI 3.1 document. */
export function openApiDocument(operations: readonly Operation[]): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = described(operation);
  }
  const components: Components = Object.assign(
    { Error: errorBody.json },
    ...operations.map((operation) => operation.components),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "Motte mock server, admin API",
      version: "1",
      summary: "Steers a mock WhatsApp server from outside its process",
      description:
        "Everything that a test in the same process can do. Requests come from programs on the same machine, and carry `Authorization: Bearer …` if the server was started with an `adminToken`. Errors are `{ error: { code, message } }`; codes are stable, messages are for people. People are named by phone number, JID or name; devices by their JID, or by the id of their connection. Bytes are base64. Times are milliseconds unless they say seconds.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "http://127.0.0.1:{port}",
        variables: { port: { default: "8080", description: "The port the server listens on" } },
      },
    ],
    security: [{}, { adminToken: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { adminToken: { type: "http", scheme: "bearer" } },
      responses: Object.fromEntries(
        Object.entries(MEANING).map(([status, description]) => [
          `Error${status}`,
          { description, content: contentOf({ "application/json": ERROR }) },
        ]),
      ),
      schemas: Object.fromEntries(Object.entries(components).toSorted(byName)),
    },
  };
}

function described(operation: Operation): JsonSchema {
  const { id, tag, summary, notes, open, params, query, body, bodyOptional, answer } = operation;
  const parameters = [...parametersIn("path", params), ...parametersIn("query", query)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(notes === undefined ? {} : { description: notes }),
    ...(open ? { security: [{}] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: !bodyOptional, content: contentOf(body) } }),
    responses: {
      "200": { description: "Done", content: contentOf(answer) },
      ...Object.fromEntries(
        errorsOf(operation).map((status) => [
          String(status),
          { $ref: `#/components/responses/Error${status}` },
        ]),
      ),
    },
  };
}

function errorsOf({ open, body, params, query, fails }: Operation): readonly ErrorStatus[] {
  const asks =
    body !== undefined || [params, query].some((part) => Object.keys(part.fields).length);
  const statuses = new Set<ErrorStatus>([
    ...(asks ? [400 as const] : []),
    ...(open ? [] : [401 as const, 403 as const]),
    ...(body === undefined ? [] : [413 as const]),
    500,
    ...fails,
  ]);
  return [...statuses].toSorted((one, other) => one - other);
}

function parametersIn(place: "path" | "query", part: ObjectSchema<object>): readonly JsonSchema[] {
  return Object.entries(part.fields).map(([name, field]) => {
    const isOptional = "optional" in field;
    const { description, ...schema } = (isOptional ? field.optional : field).json;
    return {
      name,
      in: place,
      required: !isOptional,
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

function contentOf(content: Content): JsonSchema {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
