import { openApiDocument } from "../openapi.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { openObject } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

/** The operation that describes all of them, itself included. */
export function documentOf(operations: () => readonly Operation[]): Operation {
  return jsonOperation({
    method: "GET",
    path: "/admin/openapi.json",
    id: "openapi",
    tag: "server",
    summary: "This API as an OpenAPI 3.1 document",
    answer: openObject<{ readonly openapi: string }>({ openapi: text() }),
    run: () => ({ openapi: "3.1.0", ...openApiDocument(operations()) }),
  });
}
