import type { NewEvent } from "../journal/journal-event.ts";

/** The newest version of the format, and the one that is written. */
export const TRACE_VERSION = 1;

/** A node as JSON. Bytes are an object, so that they are no text: base64, or of a redacted trace their length. */
export interface TraceNode {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly content?: readonly TraceNode[] | string | TraceBytes;
}

export type TraceBytes = { readonly base64: string } | { readonly length: number };

/** A person of the server, by all names a trace has for them. */
export interface TracePerson {
  readonly name: string;
  readonly pn: string;
  readonly lid: string;
}

export interface TraceGroup {
  readonly jid: string;
  readonly subject: string;
  /** By LID. */
  readonly members: readonly string[];
}

/** The first line. */
export interface TraceHeader {
  readonly trace: "motte";
  readonly version: number;
  /** Keys, numbers, texts and names were taken out. */
  readonly redacted: boolean;
  /** Everybody there was when the trace began. */
  readonly people: readonly TracePerson[];
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
  readonly conn: string;
  /** The device JID of the client, once it is logged in. */
  readonly device?: string;
  readonly dir: "in" | "out";
  /** On the wire; left out for a stanza that never was there. */
  readonly bytes?: number;
  readonly compressed: boolean;
  readonly node: TraceNode;
  /** The decrypted message as JSON. */
  readonly plain?: Readonly<Record<string, unknown>>;
  readonly fault?: string;
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
  readonly plain: Readonly<Record<string, unknown>>;
}

/** The reader was too slow, and so many stanzas and events are missing here. */
export interface TraceGap extends Numbered {
  readonly lost: number;
}

export type TraceLine = TraceHeader | TraceStanza | TraceEvent | TracePlain | TraceGap;
