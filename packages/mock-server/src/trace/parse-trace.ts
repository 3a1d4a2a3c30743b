import { MockServerError } from "../errors.ts";
import {
  TRACE_VERSION,
  type TraceEvent,
  type TraceHeader,
  type TraceNode,
  type TraceStanza,
} from "./trace-line.ts";

/** A trace that was read back. What messages say is with their stanzas, also where it became known later. */
export interface Trace {
  /** Who was there, and whether it is redacted. */
  readonly header: TraceHeader;
  /** In the order they went over the wire. */
  readonly stanzas: readonly TraceStanza[];
  /** What happened beside the stanzas, in order. */
  readonly events: readonly TraceEvent[];
  /** How much is missing, because whoever wrote it was too slow. */
  readonly lost: number;
}

/**
 * Reads what `server.writeTrace` has written, or the lines of `server.trace()` as NDJSON. Throws `MOCK_BAD_TRACE`, which
 * names the line; for a newer version than this one knows, too. Fields and events it does not know are left alone.
 */
export function parseTrace(text: string): Trace {
  const [first = "", ...rest] = text.split("\n");
  const header = headerOf(json(first, 1));
  const stanzas = new Map<number, TraceStanza>();
  const events: TraceEvent[] = [];
  let lost = 0;
  for (const [index, line] of rest.entries()) {
    if (line === "" && index === rest.length - 1) break;
    const at = index + 2;
    const parsed = json(line, at);
    const n = parsed["n"];
    if (!isCount(n) || n === 0) throw bad(at, "has no number n");
    if ("node" in parsed) {
      stanzas.set(n, stanzaOf(parsed, at));
    } else if ("of" in parsed) {
      const stanza = typeof parsed["of"] === "number" ? stanzas.get(parsed["of"]) : undefined;
      if (stanza === undefined) throw bad(at, "belongs to a stanza that no line before it has");
      stanzas.set(stanza.n, { ...stanza, plain: plainOf(parsed["plain"], at) });
    } else if ("event" in parsed) {
      if (typeof parsed["event"] !== "string" || typeof parsed["ts"] !== "number") {
        throw bad(at, "is an event without a name and a time");
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Its name says what it has, and newer ones may come.
      events.push(parsed as unknown as TraceEvent);
    } else if (isCount(parsed["lost"])) {
      lost += parsed["lost"];
    }
  }
  return { header, stanzas: [...stanzas.values()], events, lost };
}

type Json = Readonly<Record<string, unknown>>;

function json(line: string, at: number): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    // What the parser says of the line may quote it.
    throw bad(at, "is not JSON", error instanceof SyntaxError ? undefined : error);
  }
  if (isObject(parsed)) return parsed;
  throw bad(at, "is not an object");
}

function headerOf(parsed: Json): TraceHeader {
  const { trace, version, redacted, people, groups } = parsed;
  if (trace !== "motte" || !isCount(version)) {
    throw bad(1, 'is not the first one of a trace: it has to begin with {"trace":"motte"');
  }
  if (version > TRACE_VERSION || version === 0) {
    throw bad(1, `is of version ${version}, and this release reads up to ${TRACE_VERSION}`);
  }
  const known = Array.isArray(people) && people.every(isPerson);
  if (typeof redacted !== "boolean" || !known || !Array.isArray(groups) || !groups.every(isGroup)) {
    throw bad(1, "does not say who is in the trace, and whether it is redacted");
  }
  return { trace, version, redacted, people, groups };
}

function stanzaOf(parsed: Json, at: number): TraceStanza {
  const { n, ts, conn, device, dir, bytes, compressed, node, plain, fault, note } = parsed;
  if (typeof n !== "number" || typeof ts !== "number" || typeof conn !== "string") {
    throw bad(at, "does not say when and on which connection");
  }
  if (dir !== "in" && dir !== "out") throw bad(at, "has no direction");
  if (!isNode(node)) throw bad(at, "has no readable node");
  return {
    n,
    ts,
    conn,
    dir,
    compressed: compressed === true,
    node,
    ...(typeof device === "string" ? { device } : {}),
    ...(typeof bytes === "number" ? { bytes } : {}),
    ...(plain === undefined ? {} : { plain: plainOf(plain, at) }),
    ...(typeof fault === "string" ? { fault } : {}),
    ...(typeof note === "string" ? { note } : {}),
  };
}

function plainOf(value: unknown, at: number): Json {
  if (isObject(value)) return value;
  throw bad(at, "has no readable plain");
}

function isNode(value: unknown): value is TraceNode {
  if (!isObject(value)) return false;
  const { tag, attrs, content } = value;
  if (typeof tag !== "string" || !isObject(attrs)) return false;
  if (!Object.values(attrs).every((each) => typeof each === "string")) return false;
  if (content === undefined || typeof content === "string") return true;
  if (Array.isArray(content)) return content.every(isNode);
  return isObject(content) && (typeof content["base64"] === "string" || isCount(content["length"]));
}

function isPerson(value: unknown): boolean {
  return isObject(value) && ["name", "pn", "lid"].every((key) => typeof value[key] === "string");
}

function isGroup(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { jid, subject, members } = value;
  return (
    typeof jid === "string" &&
    typeof subject === "string" &&
    Array.isArray(members) &&
    members.every((each) => typeof each === "string")
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(line: number, what: string, cause?: unknown): MockServerError {
  return new MockServerError(
    "MOCK_BAD_TRACE",
    `Line ${line} ${what}`,
    cause === undefined ? {} : { cause },
  );
}
