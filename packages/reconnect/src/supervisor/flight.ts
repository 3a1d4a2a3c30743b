import type { Clock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import { classify } from "../classify/classify.ts";
import type { ClassifyContext, Disconnect } from "../disconnect.ts";
import { ReconnectError } from "../errors.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";
import type { ResolvedTimeouts } from "./timeouts.ts";
import { type TransportListener, type TransportWatch, watchTransport } from "./transport-watch.ts";

/** What a factory is told about the socket it makes. */
export interface SocketContext {
  /** Counts the sockets of one supervisor, from 1. */
  readonly generation: number;
  /** Aborts when this socket is not wanted any more, even before it exists. */
  readonly signal: AbortSignal;
}

/** Makes one socket. Called again for every connection, never while another socket of it is alive. */
export type SocketFactory<S extends SupervisedSocket> = (context: SocketContext) => S | Promise<S>;

/** How a flight ended. */
export interface Landing {
  readonly disconnect: Disconnect;
  /** How long it was open, on the monotonic clock. Zero when it never was. */
  readonly uptimeMs: number;
  /** What Baileys, the factory or the watchdog gave as the reason. */
  readonly error: Error | undefined;
}

/** Whom a flight reports to. None of these may throw. */
export interface FlightHost<S extends SupervisedSocket> {
  readonly clock: Clock;
  readonly timeouts: ResolvedTimeouts;
  created(sock: S): void;
  opened(flight: Flight<S>, sock: S): void;
  qr(flight: Flight<S>, sock: S, code: string): void;
  paired(flight: Flight<S>): void;
  /** Everything Baileys emits, except its `close`. */
  events(events: EventMap): void;
  /** The socket is not usable any more. Called once. */
  closed(flight: Flight<S>, landing: Landing): void;
  /** Resolves when all credentials are saved, or when waiting for it takes too long. Never rejects. */
  drain(): Promise<void>;
  internalError(where: string, error: unknown): void;
}

/**
 * One generation: from the call of the factory to the moment when nothing of its socket is left.
 *
 * `settled` is the single-flight rule: the supervisor starts the next flight only after it.
 */
export class Flight<S extends SupervisedSocket> {
  readonly generation: number;
  readonly settled: Promise<void>;
  readonly #host: FlightHost<S>;
  readonly #unwanted = new AbortController();
  #settle: () => void = nothing;
  #context: ClassifyContext = {};
  #sock: S | undefined;
  #watch: TransportWatch | undefined;
  #stopProcessing: (() => void) | undefined;
  #watchdog: Disposable | undefined;
  #cutter: Disposable | undefined;
  #openedAtMs: number | undefined;
  #ending = false;
  #landed = false;

  constructor(generation: number, host: FlightHost<S>) {
    this.generation = generation;
    this.#host = host;
    this.settled = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /** The socket, from when the factory returns it until it begins to end. */
  get sock(): S | undefined {
    return this.#landed || this.#ending || this.#cutter !== undefined ? undefined : this.#sock;
  }

  /** Aborts when the flight is over, with a `ReconnectError` as the reason. */
  get signal(): AbortSignal {
    return this.#unwanted.signal;
  }

  /**
   * Calls the factory. What comes of it is reported to the host.
   *
   * Call it from a microtask: Baileys emits its first "connecting" in nextTick, which comes before an async factory
   * has handed its socket over unless microtasks are being run already.
   */
  take(factory: SocketFactory<S>): void {
    const { factoryMs } = this.#host.timeouts;
    this.#watchFor(factoryMs, () => {
      this.#land(new DeadlineError("The socket factory", factoryMs), { watchdog: "factory-error" });
    });
    void this.#create(factory);
  }

  /** Ends the flight, whatever state it is in, and resolves when nothing of it is left. */
  async end(context: ClassifyContext, error?: Error): Promise<void> {
    if (!this.#landed) {
      if (this.#sock === undefined) this.#land(error, context);
      else await this.#endSocket(this.#sock, context, error);
    }
    return this.settled;
  }

  async #create(factory: SocketFactory<S>): Promise<void> {
    let sock: S;
    try {
      sock = await factory({ generation: this.generation, signal: this.signal });
    } catch (error) {
      if (this.#landed) this.#host.internalError("A factory that was given up on", error);
      else this.#land(error, { watchdog: "factory-error" });
      return;
    }
    if (this.#landed) this.#discard(sock);
    else this.#attach(sock);
  }

  #attach(sock: S): void {
    this.#sock = sock;
    const { loginMs, connectMs } = this.#host.timeouts;
    this.#watch = watchTransport(
      sock,
      {
        upgraded: () => this.#expect("The login", loginMs),
        answered: () => this.#unwatch(),
        refused: (http) => {
          const error = new Error(`The WebSocket upgrade was refused with HTTP ${http.status}`);
          void this.#endSocket(sock, { http }, error);
        },
        closed: (code) => {
          this.#context = { ...this.#context, wsClose: { code } };
        },
        ending: () => this.#limitEnding(),
      },
      () => this.#host.clock.now(),
    );
    this.#stopProcessing = sock.ev.process((events) => this.#receive(sock, events));
    this.#host.created(sock);
    // An async factory may hand out a socket that has already ended, and its events are gone.
    if (sock.ws.isClosed || sock.ws.isClosing) {
      void this.#endSocket(sock, {}, new Error("The factory returned a socket that had ended"));
      return;
    }
    // Baileys Defaults: 20 s when the socket does not say.
    const ownMs = sock.ws.config?.connectTimeoutMs ?? 20_000;
    this.#expect("The WebSocket handshake", connectMs ?? ownMs + 10_000);
  }

  #receive(sock: S, events: EventMap): void {
    if (this.#landed) return;
    const update = events["connection.update"];
    if (update?.connection === "close") {
      this.#land(update.lastDisconnect?.error);
      return;
    }
    if (update?.qr !== undefined) {
      this.#unwatch();
      this.#host.qr(this, sock, update.qr);
    }
    if (update?.isNewLogin === true) this.#host.paired(this);
    if (update?.connection === "open" && !this.#ending) {
      this.#unwatch();
      this.#openedAtMs ??= this.#host.clock.monotonic();
      this.#host.opened(this, sock);
    }
    this.#host.events(events);
  }

  #expect(what: string, ms: number): void {
    this.#watchFor(ms, () => {
      const sock = this.#sock;
      const error = new DeadlineError(what, ms);
      if (sock !== undefined) void this.#endSocket(sock, { watchdog: "connect-timeout" }, error);
    });
  }

  async #endSocket(sock: S, context: ClassifyContext, error: Error | undefined): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#context = { ...this.#context, ...context };
    this.#unwatch();
    // Before the end: afterwards `creds.update` reaches nobody, Baileys' own listener included.
    await this.#host.drain();
    if (this.#landed) return;
    this.#limitEnding();
    try {
      await sock.end(error);
    } catch (failure) {
      this.#host.internalError("sock.end()", failure);
    }
  }

  // Baileys' end() waits for the WebSocket to close and ws gives a silent peer 30 s, so cut it after the grace.
  #limitEnding(): void {
    if (this.#cutter !== undefined || this.#landed) return;
    const { clock, timeouts } = this.#host;
    const later = (act: () => void): void => {
      this.#cutter = clock.after(timeouts.closeGraceMs, act, { keepAlive: true });
    };
    later(() => {
      this.#watch?.cut();
      later(() => {
        const stuck = new ReconnectError(
          "RECONNECT_END_STUCK",
          `Baileys did not report the close of a socket ${timeouts.closeGraceMs} ms after it was cut`,
        );
        this.#land(stuck);
      });
    });
  }

  #land(reason: unknown, context: ClassifyContext = {}): void {
    if (!this.#landed) this.#flush();
    // A listener of what was flushed may have ended it meanwhile.
    if (this.#landed) return;
    this.#landed = true;
    this.#unwatch();
    this.#cutter?.[Symbol.dispose]();
    this.#stopProcessing?.();
    this.#hearStragglers();
    // Baileys does not wait for a WebSocket that is already closing, so its connection may still be there.
    this.#watch?.cut();
    this.#watch?.[Symbol.dispose]();
    const disconnect = classify(reason, { ...this.#context, ...context, ...this.#paired() });
    this.#unwanted.abort(
      new ReconnectError("RECONNECT_DISCONNECTED", `The connection ended: ${disconnect.cause}`, {
        disconnect,
        retryable: true,
      }),
    );
    const uptimeMs =
      this.#openedAtMs === undefined ? 0 : this.#host.clock.monotonic() - this.#openedAtMs;
    this.#host.closed(this, { disconnect, uptimeMs, error: asError(reason) });
    void this.#host.drain().then(this.#settle);
  }

  // Baileys' event buffer throws away what it holds when the socket ends.
  #flush(): void {
    try {
      this.#sock?.ev.flush();
    } catch (error) {
      this.#host.internalError("sock.ev.flush()", error);
    }
  }

  /**
   * Baileys sends the receipt of a message and emits the message afterwards (messages-recv.js handleMessage). When the
   * socket ends in between, its emitter is empty by then, and the server never sends again what has its receipt.
   */
  #hearStragglers(): void {
    const ev = this.#sock?.ev;
    // In a microtask, because Baileys empties the emitter right after it has emitted the close.
    if (ev !== undefined) queueMicrotask(() => ev.process((events) => this.#straggled(events)));
  }

  #straggled(events: EventMap): void {
    const { "connection.update": _, "creds.update": __, ...late } = events;
    if (Object.keys(late).length > 0) this.#host.events(late);
  }

  // `account` is set by a completed pairing only; `creds.me` is set before one.
  #paired(): Pick<ClassifyContext, "paired"> {
    const creds = this.#sock?.authState?.creds;
    return creds === undefined ? {} : { paired: creds.account !== undefined };
  }

  // A socket nobody waits for any more, because its factory took too long.
  #discard(sock: S): void {
    const { clock, timeouts } = this.#host;
    const watch = watchTransport(sock, DEAF, () => clock.now());
    const cutter = clock.after(timeouts.closeGraceMs, () => watch.cut());
    Promise.resolve()
      .then(() => sock.end(undefined))
      .catch((error: unknown) => this.#host.internalError("sock.end()", error))
      .finally(() => {
        cutter[Symbol.dispose]();
        watch[Symbol.dispose]();
      });
  }

  #watchFor(ms: number, act: () => void): void {
    this.#unwatch();
    this.#watchdog = this.#host.clock.after(ms, act, { keepAlive: true });
  }

  #unwatch(): void {
    this.#watchdog?.[Symbol.dispose]();
    this.#watchdog = undefined;
  }
}

// Boom is an Error; only a factory can throw something else.
function asError(error: unknown): Error | undefined {
  if (error === undefined || error instanceof Error) return error;
  return new Error("Something that is not an Error was thrown", { cause: error });
}

function nothing(): void {}

const DEAF: TransportListener = {
  upgraded: nothing,
  refused: nothing,
  answered: nothing,
  closed: nothing,
  ending: nothing,
};
