import { crc32 } from "node:zlib";
import { isObject } from "../../codec/bytes.ts";

/** One file as it is to be: its path below the session's folder, and its content or `null` for none. */
export interface FileWrite {
  readonly path: string;
  readonly content: Uint8Array | null;
}

/** One commit. */
export interface JournalRecord {
  readonly writes: readonly FileWrite[];
  /** Every commit before it was on disk when it was written, so no crash can have taken one of them. */
  readonly anchored: boolean;
}

/** A stretch of a journal, which begins at `start`: a record, or bytes that are none. */
export type JournalPart =
  | ({ readonly part: "record"; readonly start: number } & JournalRecord)
  | { readonly part: "unreadable"; readonly start: number };

// Each record: length and CRC-32 of what follows, then one line of JSON (paths and lengths), then the contents.
const HEADER_BYTES = 8;
const INDEX_START = '{"anchored":';

/** The record of one commit. Replaying it twice does what replaying it once does. */
export function encodeJournalRecord({ writes, anchored }: JournalRecord): Buffer {
  const files = writes.map(({ path, content }) => [path, content === null ? null : content.length]);
  const body = Buffer.concat([
    Buffer.from(`${JSON.stringify({ anchored, files })}\n`),
    ...writes.flatMap(({ content }) => (content === null ? [] : [content])),
  ]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

/** The records of a journal in order, and what is between and after them. */
export function decodeJournal(journal: Buffer): readonly JournalPart[] {
  const parts: JournalPart[] = [];
  for (let start = 0; start < journal.length;) {
    const body = bodyAt(journal, start);
    if (body === undefined) {
      parts.push({ part: "unreadable", start });
      start = nextRecord(journal, start);
    } else {
      parts.push({ part: "record", start, ...decodeBody(body) });
      start += HEADER_BYTES + body.length;
    }
  }
  return parts;
}

function bodyAt(journal: Buffer, start: number): Buffer | undefined {
  if (start + HEADER_BYTES >= journal.length) return undefined;
  const length = journal.readUInt32LE(start);
  const body = journal.subarray(start + HEADER_BYTES, start + HEADER_BYTES + length);
  if (length === 0 || body.length < length) return undefined;
  return crc32(body) === journal.readUInt32LE(start + 4) ? body : undefined;
}

/** Where the next whole record begins; the end of the journal when there is none. */
function nextRecord(journal: Buffer, after: number): number {
  for (let from = after + 1 + HEADER_BYTES; ; from++) {
    from = journal.indexOf(INDEX_START, from);
    if (from === -1) return journal.length;
    if (bodyAt(journal, from - HEADER_BYTES) !== undefined) return from - HEADER_BYTES;
  }
}

function decodeBody(body: Buffer): JournalRecord {
  const end = body.indexOf("\n");
  const index: unknown = JSON.parse(body.subarray(0, end).toString());
  if (!isObject(index) || !Array.isArray(index["files"])) {
    throw new TypeError("a journal record has no list of files");
  }
  let position = end + 1;
  const writes = index["files"].map((entry: unknown): FileWrite => {
    if (!isObject(entry)) throw new TypeError("a journal record names no file");
    const { 0: path, 1: contentLength } = entry;
    if (typeof path !== "string" || !isInside(path)) {
      throw new TypeError("a journal record names a file outside of its folder");
    }
    if (typeof contentLength !== "number") return { path, content: null };
    const content = body.subarray(position, position + contentLength);
    position += contentLength;
    return { path, content };
  });
  return { writes, anchored: index["anchored"] === true };
}

function isInside(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
