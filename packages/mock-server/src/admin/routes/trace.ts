import { type StreamRecord, eventStream } from "../event-stream.ts";
import { type Operation, rawOperation } from "../operation.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { described } from "../schema/schema.ts";
import { object, openObject, optional } from "../schema/shapes.ts";
import { choice } from "../schema/values.ts";

interface TraceQuery {
  readonly follow?: "0" | "1";
  readonly redact?: "0" | "1";
}

/** The server's life as a trace, which `parseTrace` reads. */
export const trace: readonly Operation[] = [
  rawOperation({
    method: "GET",
    path: "/admin/trace",
    id: "trace",
    tag: "journal",
    summary: "A trace: all stanzas and what happened around them, as NDJSON or server-sent events",
    notes:
      "The first line says who is in it. Keys, numbers, names and texts are taken out unless `redact=0`. The lines are numbered anew for every reader, so one that comes back starts anew; `GET /admin/journal` goes on where it was.",
    query: object<TraceQuery>({
      follow: optional(described(choice(["0", "1"]), "1: go on with what is to come")),
      redact: optional(described(choice(["0", "1"]), "0: with keys, numbers, names and texts")),
    }),
    answer: {
      "application/x-ndjson": described(openObject({}), "One line").json,
      "text/event-stream": { type: "string" },
    },
    run({ query }, { context, tracer }, { headers }) {
      const follow = query.follow === "1";
      return eventStream({
        records: linesOf(tracer, follow, query.redact !== "0"),
        accept: headers.accept,
        follow,
        clock: context.realClock,
      });
    },
  }),
];

async function* linesOf(
  tracer: Tracer,
  follow: boolean,
  redact: boolean,
): AsyncGenerator<StreamRecord> {
  for await (const line of tracer.follow({ follow, redact })) yield { event: "trace", data: line };
}
