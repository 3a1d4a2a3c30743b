import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { MockServer } from "@motte/mock-server";

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: Message;
  readonly responses: Readonly<Record<string, Message | Reference>>;
}
interface Reference {
  readonly $ref: string;
}
interface Message {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Message>>;
  };
}

/** The document as it is published. */
export const shipped = JSON.parse(
  readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"),
) as ApiDocument;

const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema({ $id: "api", components: shipped.components });
const compiled = new Map<object, ValidateFunction>();

/** Compiles a schema of the document; its references are to the document's components. */
export function compile(schema: object): ValidateFunction {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    validate = ajv.compile(JSON.parse(text) as object);
    compiled.set(schema, validate);
  }
  return validate;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks a server over real HTTP, and holds every answer against the document. */
export class AdminApi {
  readonly #server: MockServer;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: MockServer, headers: Readonly<Record<string, string>> = {}) {
    this.#server = server;
    this.#headers = headers;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#server.port}${path}`;
  }

  get(path: string): Promise<ApiAnswer> {
    return this.ask("GET", path);
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.ask("DELETE", path);
  }

  post(path: string, body: unknown = {}): Promise<ApiAnswer> {
    return this.ask("POST", path, body);
  }

  put(path: string, body: unknown): Promise<ApiAnswer> {
    return this.ask("PUT", path, body);
  }

  /** A string travels as it is, anything else as JSON. */
  async ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(this.url(path), {
      method,
      headers: this.#headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type")?.replace(/;.*/, "") ?? "";
    const answer = {
      status: response.status,
      body: type === "application/json" ? (JSON.parse(text) as unknown) : text,
    };
    assertDocumented(method, path, type, answer);
    return answer;
  }
}

/** Throws when the document does not know the operation, its status, its media type, or the shape of its body. */
function assertDocumented(method: string, path: string, type: string, answer: ApiAnswer): void {
  const about = `${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`;
  const operation = operationAt(method, path.replace(/\?.*/, ""));
  if (operation === undefined) throw new Error(`${about}, and is not in openapi.json`);
  const schema = messageOf(operation.responses[answer.status])?.content[type]?.schema;
  if (schema === undefined) throw new Error(`${about}, and openapi.json has no such ${type}`);
  const validate = compile(schema);
  if (!validate(answer.body)) {
    throw new Error(`${about}, and openapi.json says: ${JSON.stringify(validate.errors)}`);
  }
}

function messageOf(response: Message | Reference | undefined): Message | undefined {
  if (response === undefined || "content" in response) return response;
  return shipped.components.responses[response.$ref.replace("#/components/responses/", "")];
}

function operationAt(method: string, path: string): Operation | undefined {
  for (const [template, operations] of Object.entries(shipped.paths)) {
    const pattern = template.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]+");
    const operation = operations[method.toLowerCase()];
    if (operation !== undefined && new RegExp(`^${pattern}$`).test(path)) return operation;
  }
  return undefined;
}
