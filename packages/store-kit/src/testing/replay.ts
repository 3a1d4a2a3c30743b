import type { BaileysEventMap } from "@whiskeysockets/baileys";
import { snapshot } from "../ingest/snapshot.ts";

/** One step of a recording: events as Baileys emitted them, or what happens to its buffer. */
export type ReplayStep = Partial<BaileysEventMap> | "buffer" | "flush";

/** The part of Baileys' event buffer that a recording is played through. `makeEventBuffer(logger)` is one. */
export interface ReplayTarget {
  emit<E extends keyof BaileysEventMap>(event: E, payload: BaileysEventMap[E]): boolean;
  buffer(): void;
  flush(): boolean;
}

/**
 * Plays recorded events through a real event buffer of Baileys, which merges, delays and loses some of them as it does
 * on a socket. The payloads are copied before: the buffer changes what it is given, and a recording is played twice.
 */
export function replay(steps: Iterable<ReplayStep>, ev: ReplayTarget): void {
  for (const step of steps) {
    if (step === "buffer") ev.buffer();
    else if (step === "flush") ev.flush();
    else for (const event of Object.keys(step)) if (isEventOf(step, event)) emit(step, event, ev);
  }
}

function emit(
  events: Partial<BaileysEventMap>,
  event: keyof BaileysEventMap,
  ev: ReplayTarget,
): void {
  const payload = events[event];
  if (payload !== undefined) ev.emit(event, snapshot(payload));
}

function isEventOf(
  events: Partial<BaileysEventMap>,
  event: string,
): event is keyof BaileysEventMap {
  return event in events;
}
