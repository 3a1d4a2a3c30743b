import { Readable } from "node:stream";
import { hasCode } from "@motte/core/errors";
import type { HttpResponse } from "../http/route.ts";

/** Numbered records of which only the last ones are kept. */
export interface RecordSource {
  /** Those after this number that are still there, oldest first. */
  after(sequence: number): Iterable<NumberedRecord>;
  /** Resolves when there is one after this number. Rejects with `MOCK_TIMED_OUT` or `MOCK_CLOSED`. */
  next(sequence: number, timeoutMs: number): Promise<void>;
}

export interface NumberedRecord {
  readonly sequence: number;
}

/** How records are written one after the other. */
interface Framing {
  readonly contentType: string;
  record(record: NumberedRecord): string;
  /** `count` records are gone that the reader has not seen. */
  lost(count: number): string;
  /** Something that shows the connection is alive and says nothing. */
  readonly heartbeat: string;
}

/** HTML standard, 9.2: server-sent events. The id is what a client sends as `Last-Event-ID` when it comes back. */
const serverSentEvents: Framing = {
  contentType: "text/event-stream",
  record: (record) => `id: ${record.sequence}\nevent: stanza\ndata: ${JSON.stringify(record)}\n\n`,
  lost: (count) => `event: lost\ndata: ${JSON.stringify({ count })}\n\n`,
  heartbeat: ": still here\n\n",
};

const lines: Framing = {
  contentType: "application/x-ndjson",
  record: (record) => `${JSON.stringify(record)}\n`,
  lost: (count) => `${JSON.stringify({ lost: count })}\n`,
  // An empty line is not JSON, but every reader of NDJSON passes over it.
  heartbeat: "\n",
};

export interface StreamOptions {
  readonly source: RecordSource;
  /** The `Accept` of the request. */
  readonly accept: string | undefined;
  /** Records up to this one were seen already. */
  readonly after: number;
  /** Go on with what is to come. */
  readonly follow: boolean;
}

const HEARTBEAT_MS = 15_000;

/**
 * Streams records to a reader who takes them at their own pace. Nothing is kept for one who is slow: what the source
 * has dropped meanwhile is lost to them, and the stream says so.
 */
export function eventStream({ source, accept = "", after, follow }: StreamOptions): HttpResponse {
  const framing = accept.includes(serverSentEvents.contentType) ? serverSentEvents : lines;
  return {
    status: 200,
    headers: { "content-type": framing.contentType, "cache-control": "no-store" },
    body: Readable.from(chunks({ source, framing, after, follow }), { objectMode: false }),
  };
}

interface Chunks {
  readonly source: RecordSource;
  readonly framing: Framing;
  readonly after: number;
  readonly follow: boolean;
}

async function* chunks({ source, framing, after, follow }: Chunks): AsyncGenerator<string> {
  let seen = after;
  // The head of the response goes out with its first byte, and a reader wants to know that the stream is on.
  if (follow) yield framing.heartbeat;
  for (;;) {
    for (const record of source.after(seen)) {
      const lost = record.sequence - seen - 1;
      if (lost > 0) yield framing.lost(lost);
      seen = record.sequence;
      yield framing.record(record);
    }
    if (!follow) return;
    try {
      await source.next(seen, HEARTBEAT_MS);
    } catch (error) {
      if (hasCode(error, "MOCK_CLOSED")) return;
      if (!hasCode(error, "MOCK_TIMED_OUT")) throw error;
      yield framing.heartbeat;
    }
  }
}
