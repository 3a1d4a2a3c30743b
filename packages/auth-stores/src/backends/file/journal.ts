import { crc32 } from "node:zlib";
import { isObject } from "../../codec/bytes.ts";

/** One file as it is to be: its path below the session's folder, and its content or `null` for none. */
export interface FileWrite {
  readonly path: string;
  readonly content: Uint8Array | null;
}

// Each record: length and CRC-32 of what follows, then one line of JSON (paths and lengths), then the contents.
const HEADER_BYTES = 8;

/** The record of one commit. Replaying it twice does what replaying it once does. */
export function encodeJournalRecord(writes: readonly FileWrite[]): Buffer {
  const index = writes.map(({ path, content }) => [path, content === null ? null : content.length]);
  const body = Buffer.concat([
    Buffer.from(`${JSON.stringify(index)}\n`),
    ...writes.flatMap(({ content }) => (content === null ? [] : [content])),
  ]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

export interface DecodedJournal {
  readonly writes: readonly FileWrite[];
  /** How much of the journal was understood. What follows was being written when the process or the power died. */
  readonly length: number;
}

/** The writes of a journal in order, up to the first record that is not whole. */
export function decodeJournal(journal: Buffer): DecodedJournal {
  const writes: FileWrite[] = [];
  let length = 0;
  while (length + HEADER_BYTES < journal.length) {
    const bodyLength = journal.readUInt32LE(length);
    const body = journal.subarray(length + HEADER_BYTES, length + HEADER_BYTES + bodyLength);
    if (bodyLength === 0 || body.length < bodyLength) break;
    if (crc32(body) !== journal.readUInt32LE(length + 4)) break;
    writes.push(...decodeBody(body));
    length += HEADER_BYTES + bodyLength;
  }
  return { writes, length };
}

function decodeBody(body: Buffer): FileWrite[] {
  const end = body.indexOf("\n");
  const index: unknown = JSON.parse(body.subarray(0, end).toString());
  if (!Array.isArray(index)) throw new TypeError("a journal record has no list of files");
  let position = end + 1;
  return index.map((entry: unknown): FileWrite => {
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
}

function isInside(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
