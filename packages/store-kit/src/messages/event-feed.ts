import type { BaileysEventMap } from "@whiskeysockets/baileys";

type ReadEvent =
  | "creds.update"
  | "messaging-history.set"
  | "messages.upsert"
  | "messages.update"
  | "messages.delete"
  | "chats.delete";

const READ_EVENTS: readonly ReadEvent[] = [
  "creds.update",
  "messaging-history.set",
  "messages.upsert",
  "messages.update",
  "messages.delete",
  "chats.delete",
];

/** What the message store reads of one flush of Baileys' event buffer. */
export type MessageEvents = Partial<Pick<BaileysEventMap, ReadEvent>>;

/** What can be bound: `sock.ev`, a supervisor's events, or an `EventEmitter` with Baileys' event names. */
export type EventSource = FlushSource | EmitterSource;

/** Hands over whole flushes, as `sock.ev` does. */
export interface FlushSource {
  process(handler: (events: Partial<BaileysEventMap>) => void): () => void;
}

/** Hands over one event at a time. */
export interface EmitterSource {
  on<E extends keyof BaileysEventMap>(
    event: E,
    listener: (arg: BaileysEventMap[E]) => void,
  ): unknown;
  off<E extends keyof BaileysEventMap>(
    event: E,
    listener: (arg: BaileysEventMap[E]) => void,
  ): unknown;
}

/** Calls `listener` per flush where the source has flushes, else per event. Returns the way out. */
export function subscribe(ev: EventSource, listener: (events: MessageEvents) => void): () => void {
  if ("process" in ev) return ev.process(listener);
  const leave = READ_EVENTS.map((event) => listen(ev, event, listener));
  return () => leave.forEach((off) => off());
}

function listen(
  ev: EmitterSource,
  event: ReadEvent,
  listener: (events: MessageEvents) => void,
): () => void {
  const one = (arg: unknown): void => listener({ [event]: arg });
  ev.on(event, one);
  return () => void ev.off(event, one);
}
