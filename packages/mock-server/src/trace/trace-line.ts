import type { NewEvent } from "../journal/journal-event.ts";

/** The newest version of the format, and the one that is written. */
export const TRACE_VERSION = 1;

/** A node as JSON. Bytes are an object, so that they are no text: base64, or of a redacted trace their length. */
export interface TraceNode {
  /** The name of the element. */
  readonly tag: string;
  /** The attributes, all of them text. */
  readonly attrs: Readonly<Record<string, string>>;
  /** Child elements, text, or bytes; left out when it has none. */
  readonly content?: readonly TraceNode[] | string | TraceBytes;
}

/** Bytes in base64, or how many there were. */
export type TraceBytes = { readonly base64: string } | { readonly length: number };

/** A person of the server, by all names a trace has for them. */
export interface TracePerson {
  /** What the test called the person. */
  readonly name: string;
  /** The user JID by phone number. */
  readonly pn: string;
  /** The user JID by LID. */
  readonly lid: string;
}

/** A group of the server. */
export interface TraceGroup {
  /** Ends with `@g.us`. */
  readonly jid: string;
  /** Its name. */
  readonly subject: string;
  /** By LID. */
  readonly members: readonly string[];
}

/** The first line. */
export interface TraceHeader {
  /** Tells a trace from other NDJSON. */
  readonly trace: "motte";
  /** Of the form of the lines, from 1. */
  readonly version: number;
  /** Keys, numbers, texts and names were taken out. */
  readonly redacted: boolean;
  /** Everybody there was when the trace began. */
  readonly people: readonly TracePerson[];
  /** Every group there was when the trace began. */
  readonly groups: readonly TraceGroup[];
}

interface Numbered {
  /** The number of the line after the header, from 1. */
  readonly n: number;
}

/** A stanza that was received (`in`) or sent (`out`). */
export interface TraceStanza extends Numbered {
  /** Milliseconds since the epoch, on the server's clock. */
  readonly ts: number;
  /** The id of the connection. */
  readonly conn: string;
  /** The device JID of the client, once it is logged in. */
  readonly device?: string;
  /** `in` is from the client. */
  readonly dir: "in" | "out";
  /** How many it took on the wire; left out for a stanza that never was there. */
  readonly bytes?: number;
  /** It was deflated on the wire. */
  readonly compressed: boolean;
  /** The stanza itself. */
  readonly node: TraceNode;
  /** The decrypted message as JSON. */
  readonly plain?: Readonly<Record<string, unknown>>;
  /** The fault that made it or changed it. */
  readonly fault?: string;
  /** What the server has to say about it, like `dropped: …`. */
  readonly note?: string;
}

type Event<E> = E extends { readonly type: infer Type; readonly connection?: unknown }
  ? Omit<E, "type" | "connection"> & {
      readonly event: Type;
      readonly ts: number;
      readonly conn?: string;
    } & Numbered
  : never;

/** Something that happened beside the stanzas, with the fields of the journal's events. */
export type TraceEvent = Event<NewEvent & { readonly connection?: string | undefined }>;

/** What a message in an earlier line says, which became known only now. */
export interface TracePlain extends Numbered {
  /** The `n` of the message. */
  readonly of: number;
  /** The decrypted message as JSON. */
  readonly plain: Readonly<Record<string, unknown>>;
}

/** The reader was too slow, and so many stanzas and events are missing here. */
export interface TraceGap extends Numbered {
  /** How many lines. */
  readonly lost: number;
}

/** One line of a trace; the first is the header, and there is one header. */
export type TraceLine = TraceHeader | TraceStanza | TraceEvent | TracePlain | TraceGap;
