import type { HttpRoute, HttpRoutes } from "../http/route.ts";
import type { Operation } from "./operation.ts";
import type { AdminParts } from "./parts.ts";

/** The routes that carry out these operations on one server. */
export function routesOf(operations: readonly Operation[], parts: AdminParts): HttpRoutes {
  return operations.map(({ method, path, open, run }): HttpRoute => ({
    method,
    path: pathPattern(path),
    ...(open ? {} : { admin: true }),
    handle: (request) => run(request, parts),
  }));
}

function pathPattern(path: string): RegExp {
  const literal = path.replaceAll(".", String.raw`\.`);
  return new RegExp(`^${literal.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}
