import type { BaileysEventMap, WASocket } from "@whiskeysockets/baileys";
import type { EventMap } from "./supervised-socket.ts";

type Ev = WASocket["ev"];
type EventName = keyof BaileysEventMap;
type Listener<E extends EventName> = (value: BaileysEventMap[E]) => void;
type Processor = (events: EventMap) => void | Promise<void>;

/**
 * An event emitter with the surface of `sock.ev` that outlives the sockets.
 *
 * Baileys destroys `sock.ev` with every close, and a listener added afterwards hears nothing. Listeners here are
 * added once. One that throws, or returns a promise that rejects, stops neither the others nor the supervisor.
 */
export class EventFacade {
  #listeners: { [E in EventName]?: readonly Listener<E>[] } = {};
  #processors: Processor[] = [];
  #live: Ev | undefined;
  readonly #onListenerError: (error: unknown) => void;

  /** What users see. */
  readonly ev: Ev;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
    this.ev = {
      on: (event, listener) => this.#add(event, listener),
      off: (event, listener) => this.#remove(event, listener),
      removeAllListeners: (event) => {
        delete this.#listeners[event];
      },
      // Through the live socket, so that Baileys' own listeners hear it too, as they would on `sock.ev`.
      emit: (event, value) => this.#live?.emit(event, value) ?? this.deliver({ [event]: value }),
      process: (processor) => this.#addProcessor(processor),
      buffer: () => this.#live?.buffer(),
      createBufferedFunction:
        (work) =>
        (...args) =>
          this.#live === undefined
            ? work(...args)
            : this.#live.createBufferedFunction(work)(...args),
      flush: () => this.#live?.flush() ?? false,
      isBuffering: () => this.#live?.isBuffering() ?? false,
      destroy: () => this.clear(),
    };
  }

  /** Sends what users emit or buffer to this socket from now on. */
  attach(ev: Ev): void {
    this.#live = ev;
  }

  /** Stops sending to it. */
  detach(): void {
    this.#live = undefined;
  }

  /** Calls the listeners of every event in the map, as Baileys does. Says whether anyone listened. */
  deliver(events: EventMap): boolean {
    let heard = false;
    for (const processor of this.#processors) {
      heard = true;
      this.#guard(() => processor(events));
    }
    for (const event of Object.keys(events)) {
      if (isEventIn(events, event) && this.#deliverOne(event, events[event])) heard = true;
    }
    return heard;
  }

  /** Forgets every listener. */
  clear(): void {
    this.#listeners = {};
    this.#processors = [];
  }

  get listenerCount(): number {
    let count = this.#processors.length;
    for (const listeners of Object.values(this.#listeners)) count += listeners.length;
    return count;
  }

  #deliverOne<E extends EventName>(event: E, value: EventMap[E]): boolean {
    const listeners = this.#listeners[event] ?? [];
    if (value === undefined) return false;
    for (const listener of listeners) this.#guard(() => listener(value));
    return listeners.length > 0;
  }

  #add<E extends EventName>(event: E, listener: Listener<E>): void {
    const listeners: readonly Listener<E>[] = this.#listeners[event] ?? [];
    this.#set(event, [...listeners, listener]);
  }

  // As Node's emitter: of a listener added twice, the later one goes.
  #remove<E extends EventName>(event: E, listener: Listener<E>): void {
    const listeners: readonly Listener<E>[] = this.#listeners[event] ?? [];
    const at = listeners.lastIndexOf(listener);
    if (at !== -1) this.#set(event, listeners.toSpliced(at, 1));
  }

  // Always a new list, so that a delivery under way keeps the one it began with.
  #set<E extends EventName>(event: E, listeners: readonly Listener<E>[]): void {
    this.#listeners = { ...this.#listeners, [event]: listeners };
  }

  #addProcessor(processor: Processor): () => void {
    // A copy per call, so that adding the same function twice and removing it once leaves one.
    const entry: Processor = (events) => processor(events);
    this.#processors = [...this.#processors, entry];
    return () => {
      this.#processors = this.#processors.filter((other) => other !== entry);
    };
  }

  // Listeners are typed to return nothing, but an async function fits that type and rejects later.
  #guard(call: () => unknown): void {
    try {
      const returned = call();
      if (returned instanceof Promise) returned.catch(this.#onListenerError);
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}

function isEventIn(events: EventMap, event: string): event is EventName {
  return event in events;
}
