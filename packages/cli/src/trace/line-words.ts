import type { TraceHeader, TraceLine, TraceNode, TraceStanza } from "@motte/mock-server";
import { wrap } from "../terminal/wrap.ts";

const INDENT = " ".repeat(13);
const MOST_CHILDREN = 3;
/** What comes with a message and is not what it says. */
const BESIDES: readonly string[] = ["messageContextInfo", "senderKeyDistributionMessage"];

/** Makes the lines of one trace readable: seconds, connection, direction, stanza, and what a message says. */
export class TraceWords {
  #startMs: number | undefined;

  lines(line: TraceLine): readonly string[] {
    if ("trace" in line) return headerWords(line);
    if ("node" in line)
      return wrap(`${this.#start(line.ts, line.conn)} ${stanzaWords(line)}`, INDENT);
    if ("of" in line)
      return wrap(`${INDENT}line ${line.of} says ${plainWords(line.plain)}`, INDENT);
    if ("lost" in line) return [`${INDENT}${line.lost} lines lost: this reader was too slow`];
    const { n: _n, ts, event, conn, ...rest } = { conn: undefined, ...line };
    const fields = Object.entries(rest).map(([name, value]) => ` ${name}=${String(value)}`);
    return wrap(`${this.#start(ts, conn)} -- ${event}${fields.join("")}`, INDENT);
  }

  #start(ts: number, conn: string | undefined): string {
    this.#startMs ??= ts;
    const seconds = ((ts - this.#startMs) / 1_000).toFixed(3);
    return `${seconds.padStart(8)} ${(conn ?? "-").padEnd(3)}`;
  }
}

function headerWords({ people, groups, redacted }: TraceHeader): readonly string[] {
  const hidden = redacted ? "; numbers, names and texts are hidden" : "";
  return [`trace with ${people.length} people and ${groups.length} groups${hidden}`];
}

function stanzaWords({ dir, node, plain, note, fault }: TraceStanza): string {
  const attrs = Object.entries(node.attrs).map(([name, value]) => ` ${name}="${value}"`);
  const children = childrenOf(node);
  const inside = children.length === 0 ? "/>" : `>${shortened(children)}`;
  const remarks = [
    ...(note === undefined ? [] : [note]),
    ...(fault === undefined ? [] : [`fault ${fault}`]),
  ];
  return [
    `${dir === "in" ? "C>" : "S>"} <${node.tag}${attrs.join("")}${inside}`,
    ...(plain === undefined ? [] : [plainWords(plain)]),
    ...(remarks.length === 0 ? [] : [`(${remarks.join(", ")})`]),
  ].join(" ");
}

function childrenOf({ content }: TraceNode): readonly string[] {
  return Array.isArray(content) ? content.map((child: TraceNode) => child.tag) : [];
}

function shortened(tags: readonly string[]): string {
  const first = tags.slice(0, MOST_CHILDREN).join(", ");
  return tags.length > MOST_CHILDREN ? `${first} and ${tags.length - MOST_CHILDREN} more` : first;
}

/** The kind of a message and its text, as far as a trace has it. */
function plainWords(plain: Readonly<Record<string, unknown>>): string {
  const fields = Object.keys(plain);
  const kind = fields.find((field) => !BESIDES.includes(field)) ?? fields[0] ?? "empty";
  const text = textIn(plain[kind]);
  return text === undefined ? `[${kind}]` : `[${kind} ${JSON.stringify(text)}]`;
}

function textIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { text, caption } = { text: undefined, caption: undefined, ...value };
  return [text, caption].find((each) => typeof each === "string");
}
