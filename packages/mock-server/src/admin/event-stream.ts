import { Readable } from "node:stream";
import type { Clock } from "@motte/core/clock";
import type { HttpResponse } from "../http/route.ts";

/** One thing to tell a reader. */
export interface StreamRecord {
  /** Its kind. */
  readonly event: string;
  /** What a reader that comes back names as the last it has seen; left out where there is no way back. */
  readonly id?: number;
  readonly data: object;
}

/** How records are written one after the other. */
interface Framing {
  readonly contentType: string;
  record(record: StreamRecord): string;
  /** Something that shows the connection is alive and says nothing. */
  readonly heartbeat: string;
}

/** HTML standard, 9.2: server-sent events. The id is what a client sends as `Last-Event-ID` when it comes back. */
const serverSentEvents: Framing = {
  contentType: "text/event-stream",
  record: ({ event, id, data }) =>
    `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  heartbeat: ": still here\n\n",
};

const lines: Framing = {
  contentType: "application/x-ndjson",
  record: ({ data }) => `${JSON.stringify(data)}\n`,
  // An empty line is not JSON, but every reader of NDJSON passes over it.
  heartbeat: "\n",
};

export interface StreamOptions {
  readonly records: AsyncIterable<StreamRecord>;
  /** The `Accept` of the request. */
  readonly accept: string | undefined;
  /** The stream goes on with what is to come. */
  readonly follow: boolean;
  readonly clock: Clock;
}

const HEARTBEAT_MS = 15_000;

/** Streams records to a reader who takes them at their own pace. Nothing is kept here for one who is slow. */
export function eventStream({ records, accept = "", follow, clock }: StreamOptions): HttpResponse {
  const framing = accept.includes(serverSentEvents.contentType) ? serverSentEvents : lines;
  const chunks = follow ? withHeartbeat(records, framing, clock) : plainly(records, framing);
  return {
    status: 200,
    headers: { "content-type": framing.contentType, "cache-control": "no-store" },
    body: Readable.from(chunks, { objectMode: false }),
  };
}

async function* plainly(
  records: AsyncIterable<StreamRecord>,
  framing: Framing,
): AsyncGenerator<string> {
  for await (const record of records) yield framing.record(record);
}

async function* withHeartbeat(
  records: AsyncIterable<StreamRecord>,
  framing: Framing,
  clock: Clock,
): AsyncGenerator<string> {
  const iterator = records[Symbol.asyncIterator]();
  // The head of the response goes out with its first byte, and a reader wants to know that the stream is on.
  yield framing.heartbeat;
  try {
    let next = iterator.next();
    for (;;) {
      const quiet = new AbortController();
      const result = await Promise.race([next, silence(clock, quiet.signal)]);
      quiet.abort();
      if (result === "silence") {
        yield framing.heartbeat;
        continue;
      }
      if (result.done === true) return;
      yield framing.record(result.value);
      next = iterator.next();
    }
  } finally {
    // A source that waits for something to tell hears of this when that comes.
    void iterator.return?.();
  }
}

async function silence(clock: Clock, signal: AbortSignal): Promise<"silence"> {
  try {
    await clock.sleep(HEARTBEAT_MS, signal);
  } catch (error) {
    // Only the end of the race aborts it, and nobody looks any more.
    if (!signal.aborted) throw error;
  }
  return "silence";
}
