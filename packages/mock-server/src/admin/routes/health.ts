import { text as plain } from "../../http/route.ts";
import { type Operation, rawOperation } from "../operation.ts";

/** Readiness probes. */
export const health: readonly Operation[] = ["/healthz", "/"].map((path) =>
  rawOperation({
    method: "GET",
    path,
    id: path === "/" ? "root" : "health",
    tag: "server",
    summary: "Answers `ok` when the server is up",
    open: true,
    answer: { "text/plain": { type: "string", const: "ok\n" } },
    run: () => plain(200, "ok\n"),
  }),
);
